using Tenon.Host.Models;
using TorchSharp;

namespace Tenon.Host.Inference.Text;

/// <summary>A word with its predicted class.</summary>
/// <param name="Word">The word.</param>
/// <param name="Tag">The most probable class; null for a word beyond the model's context, which is not tagged.</param>
/// <param name="Probability">Its probability under the model, 0 … 1; null if there is no class.</param>
public sealed record TaggedWord(string Word, string? Tag, double? Probability);

/// <summary>A text with tagged words.</summary>
/// <param name="Input">The text.</param>
/// <param name="Words">The words, separated by spaces, in order.</param>
public sealed record TaggedText(string Input, IReadOnlyList<TaggedWord> Words);

/// <summary>Predicts the classes of words.</summary>
/// <param name="opened">A token classifier with its tokenizer.</param>
internal sealed class WordTagger(OpenedModel opened)
{
    private const int AtOnce = 32;

    /// <summary>
    /// Tags texts. Texts of similar length share a batch. A text that is longer than the model's context loses tokens at its end
    /// (<see cref="OpenedModel.TruncatedInputs"/>): words whose first token is lost have no class.
    /// </summary>
    /// <param name="texts">Words separated by spaces.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>A result per text, in order, computed during enumeration.</returns>
    /// <exception cref="DataException">A text has no words.</exception>
    /// <exception cref="ModelException">The model cannot collate tagged sentences.</exception>
    public IEnumerable<TaggedText> Tag(IReadOnlyList<string> texts, CancellationToken stop)
    {
        var model = opened.As<ITokenClassifier>("classify");
        if (model is not ICollate<TokenLabelledExample> collate)
            throw new ModelException($"{model.GetType().Name} classifies tokens but does not map words to tokens. Its class must " +
                $"implement ICollate<{nameof(TokenLabelledExample)}>.");
        return SimilarLengths.Map(texts, text => text.Length, sorted => sorted.Chunk(AtOnce).SelectMany(part =>
        {
            stop.ThrowIfCancellationRequested();
            return Together(model, collate, part);
        }));
    }

    private TaggedText[] Together(ITokenClassifier model, ICollate<TokenLabelledExample> collate, string[] texts)
    {
        string[][] words = [.. texts.Select(text => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))];
        if (words.Any(own => own.Length == 0))
            throw new DataException("A text is empty. Pass at least one word.");

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        using IDisposable inference = InferenceMode.Enter();
        // Every model has the dummy classes; their only purpose is to mark the first token of each word.
        var context = new CollateContext(new SeededRandom(0), Training: false, opened.NeededTokenizer);
        using Batch batch = collate.Collate([.. words.Select(own => new TokenLabelledExample(own, new int[own.Length]))], context)
            .To(opened.Device.Torch);
        opened.TruncatedInputs += batch.Truncated;
        torch.Tensor first = batch[BatchNames.Labels].ne(BatchNames.Ignored); // [B, T]
        int[] counts = [.. first.sum(1L).cpu().data<long>().ToArray().Select(count => (int)count)];
        // [B, T, classes] -> [words]
        (torch.Tensor values, torch.Tensor indices) = model.TokenClassLogits(batch)[first].softmax(-1).max(-1);
        float[] shares = values.cpu().data<float>().ToArray();
        long[] chosen = indices.cpu().data<long>().ToArray();
        int next = 0;
        return [.. texts.Select((text, row) => new TaggedText(text, [.. words[row].Select((word, index) => index < counts[row]
            ? new TaggedWord(word, model.Labels[(int)chosen[next]], shares[next++])
            : new TaggedWord(word, Tag: null, Probability: null))]))];
    }
}
