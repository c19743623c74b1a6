using Tenon.Host.Models;
using TorchSharp;

namespace Tenon.Host.Inference.Text;

/// <summary>A word with the class that a model gives it.</summary>
/// <param name="Word">As it was given.</param>
/// <param name="Tag">The most probable class.</param>
/// <param name="Probability">Its probability under the model, 0 … 1.</param>
internal sealed record TaggedWord(string Word, string Tag, double Probability);

/// <summary>A text whose words were tagged.</summary>
/// <param name="Input">As it was given.</param>
/// <param name="Words">Its words, which stand between spaces, in their order.</param>
internal sealed record TaggedText(string Input, IReadOnlyList<TaggedWord> Words);

/// <summary>Gives the words of texts their classes.</summary>
/// <param name="opened">A model of tokens' classes with its tokenizer.</param>
internal sealed class WordTagger(OpenedModel opened)
{
    /// <summary>Tags a text.</summary>
    /// <param name="text">Words with spaces between them.</param>
    /// <exception cref="DataException">The text has no word.</exception>
    /// <exception cref="ModelException">The model takes no tagged sentences, or none as long as this.</exception>
    public TaggedText Tag(string text)
    {
        var model = opened.As<ITokenClassifier>("classify");
        if (model is not ICollate<TokenLabelledExample> collate)
            throw new ModelException($"{model.GetType().Name} gives tokens classes and does not say which tokens words have. Its class has to implement ICollate<{nameof(TokenLabelledExample)}>.");
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            throw new DataException("A text is empty. Give one with at least a word.");

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        // The classes are ones that every model has; they only show where a word's first token is.
        var context = new CollateContext(new SeededRandom(0), Training: false, opened.NeededTokenizer);
        using Batch batch = collate.Collate([new TokenLabelledExample(words, new int[words.Length])], context).To(opened.Device.Torch);
        torch.Tensor first = batch[BatchNames.Labels][0].ne(BatchNames.Ignored); // [T]
        (torch.Tensor values, torch.Tensor indices) = model.TokenClassLogits(batch)[0][first].softmax(-1).max(-1); // [1, T, classes] -> [words]
        float[] shares = values.cpu().data<float>().ToArray();
        long[] chosen = indices.cpu().data<long>().ToArray();
        return chosen.Length == words.Length
            ? new TaggedText(text, [.. words.Index().Select(word => new TaggedWord(word.Item, model.Labels[(int)chosen[word.Index]], shares[word.Index]))])
            : throw new ModelException($"The text has {words.Length} words, of which the model takes {chosen.Length} at once. Shorten it.");
    }
}
