using Tenon.Gpt;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks;

/// <summary>
/// A model with the work of a GPT, whose most probable text is given. A trained model would be needed for texts that repeat their prompt.
/// </summary>
/// <param name="inner">Does the work. Not disposed.</param>
/// <param name="script">The tokens of prompt and text.</param>
internal sealed class ScriptedModel(GptModel inner, int[] script) : ICausalLanguageModel
{
    /// <summary>Number of forward passes.</summary>
    public int Passes { get; private set; }

    public nn.Module Module => inner;

    public int VocabularySize => inner.VocabularySize;

    public int ContextLength => inner.ContextLength;

    public IKeyValueCache NewCache(int rows, int capacity) => inner.NewCache(rows, capacity);

    public Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        using DisposeScope scope = NewDisposeScope();
        Passes++;
        Tensor logits = inner.Logits(inputIds, attentionMask, cache, lastOnly); // [1, T, V]
        int first = cache!.Lengths[0] - (int)logits.size(1) + 1;
        for (int t = 0; t < logits.size(1); t++)
            logits[0, t, script[Math.Min(first + t, script.Length - 1)]] = tensor(1e6f);
        return logits.MoveToOuterDisposeScope();
    }

    public Tensor Loss(Batch batch) => inner.Loss(batch);

    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        inner.Outputs(inputs, requested);

    public void Dispose()
    {
    }
}
