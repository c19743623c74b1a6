using Tenon.Host.Models;
using TorchSharp;

namespace Tenon.Host.Inference.Text;

/// <summary>A word with its predicted class.</summary>
/// <param name="Word">The word.</param>
/// <param name="Tag">The most probable class.</param>
/// <param name="Probability">Its probability under the model, 0 … 1.</param>
internal sealed record TaggedWord(string Word, string Tag, double Probability);

/// <summary>A text with tagged words.</summary>
/// <param name="Input">The text.</param>
/// <param name="Words">The words, separated by spaces, in order.</param>
internal sealed record TaggedText(string Input, IReadOnlyList<TaggedWord> Words);

/// <summary>Predicts the classes of words.</summary>
/// <param name="opened">A token classifier with its tokenizer.</param>
internal sealed class WordTagger(OpenedModel opened)
{
    /// <summary>Tags a text.</summary>
    /// <param name="text">Words separated by spaces.</param>
    /// <exception cref="DataException">The text has no words.</exception>
    /// <exception cref="ModelException">The model cannot collate tagged sentences, or the text is too long.</exception>
    public TaggedText Tag(string text)
    {
        var model = opened.As<ITokenClassifier>("classify");
        if (model is not ICollate<TokenLabelledExample> collate)
            throw new ModelException($"{model.GetType().Name} classifies tokens but does not map words to tokens. Its class must implement ICollate<{nameof(TokenLabelledExample)}>.");
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            throw new DataException("A text is empty. Pass at least one word.");

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        // Dummy classes that every model has; they only mark the first token of each word.
        var context = new CollateContext(new SeededRandom(0), Training: false, opened.NeededTokenizer);
        using Batch batch = collate.Collate([new TokenLabelledExample(words, new int[words.Length])], context).To(opened.Device.Torch);
        torch.Tensor first = batch[BatchNames.Labels][0].ne(BatchNames.Ignored); // [T]
        (torch.Tensor values, torch.Tensor indices) = model.TokenClassLogits(batch)[0][first].softmax(-1).max(-1); // [1, T, classes] -> [words]
        float[] shares = values.cpu().data<float>().ToArray();
        long[] chosen = indices.cpu().data<long>().ToArray();
        return chosen.Length == words.Length
            ? new TaggedText(text, [.. words.Index().Select(word => new TaggedWord(word.Item, model.Labels[(int)chosen[word.Index]], shares[word.Index]))])
            : throw new ModelException($"The text has {words.Length} words, but only {chosen.Length} fit the model's context. Shorten it.");
    }
}
