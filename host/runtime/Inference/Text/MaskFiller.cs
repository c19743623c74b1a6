using Tenon.Host.Data;
using Tenon.Host.Plugins.Loading;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Text;

/// <summary>A candidate word for a mask.</summary>
/// <param name="Word">The vocabulary entry: <c>##ing</c> continues a word.</param>
/// <param name="Probability">Probability under the model, 0 … 1.</param>
public sealed record WordProbability(string Word, double Probability);

/// <summary>A text with its masked words filled in.</summary>
/// <param name="Text">The input text.</param>
/// <param name="Masks">The most probable words for each mask, in the order of the masks.</param>
/// <param name="Completed">The text with the most probable word for each mask, as decoded by the tokenizer.</param>
public sealed record FilledText(string Text, IReadOnlyList<IReadOnlyList<WordProbability>> Masks, string Completed);

/// <summary>Fills in masked words. Several masks in one text are predicted independently, as in training.</summary>
/// <param name="model">In eval mode.</param>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="device">Device of the model.</param>
internal sealed class MaskFiller(IMaskedLanguageModel model, ITokenizer tokenizer, torch.Device device)
{
    /// <summary>Fills in a text.</summary>
    /// <param name="text">A text that contains the tokenizer's mask token at least once.</param>
    /// <param name="top">Number of words per mask.</param>
    /// <exception cref="OptionsException">The text has no mask token.</exception>
    /// <exception cref="ModelException">The tokenizer has no mask token, or the text is too long.</exception>
    public FilledText Fill(string text, int top)
    {
        int mask = tokenizer.Special.Mask ?? throw new ModelException(
            "The folder's tokenizer has no mask token. Open a model that has one, such as BERT.");
        int[] ids = FramedText.Ids(tokenizer, text, model.VocabularySize);
        int[] places = [.. ids.Index().Where(token => token.Item == mask).Select(token => token.Index)];
        if (places.Length == 0)
            throw new OptionsException($"There is nothing to fill in: '{text}' has no {tokenizer.TokenText(mask)}. Replace a word with " +
                $"{tokenizer.TokenText(mask)}.");
        if (ids.Length > model.ContextLength)
            throw new ModelException($"The text has {ids.Length} tokens, but the context length is {model.ContextLength}. Shorten it.");

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        using IDisposable inference = InferenceMode.Enter();
        using Batch batch = FramedText.Collate([ids], tokenizer).To(device);
        // [1, T, V] -> [masks, V]
        Tensor masked = torch.tensor(places.Select(place => (long)place).ToArray(), device: device);
        Tensor probabilities = model.TokenLogits(batch)[0].index_select(0, masked).softmax(-1);
        // A model's embedding may have more rows than the vocabulary; the surplus rows are not words.
        long words = Math.Min(tokenizer.VocabularySize, probabilities.size(1));
        (Tensor values, Tensor indices) = probabilities.narrow(1, 0, words).topk((int)Math.Min(top, words), 1);
        float[] shares = values.cpu().data<float>().ToArray();
        long[] chosen = indices.cpu().data<long>().ToArray();
        int each = chosen.Length / places.Length;
        foreach ((int index, int place) in places.Index())
            ids[place] = (int)chosen[index * each];
        return new FilledText(
            text,
            [.. places.Index().Select(place => (IReadOnlyList<WordProbability>)
                [.. Enumerable.Range(place.Index * each, each)
                    .Select(i => new WordProbability(tokenizer.TokenText((int)chosen[i]), shares[i]))])],
            tokenizer.Decode(ids));
    }
}
