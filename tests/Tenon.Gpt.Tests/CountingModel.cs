namespace Tenon.Gpt.Tests;

/// <summary>Counts the tokens that a model processes, without padding.</summary>
/// <param name="inner">The model. Not disposed.</param>
internal sealed class CountingModel(GptModel inner) : ICausalLanguageModel
{
    /// <summary>Number of tokens.</summary>
    public long Tokens { get; private set; }

    public torch.nn.Module Module => inner;

    public int VocabularySize => inner.VocabularySize;

    public int ContextLength => inner.ContextLength;

    public IKeyValueCache NewCache(int rows, int capacity) => inner.NewCache(rows, capacity);

    public Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tokens += attentionMask is null ? inputIds.numel() : attentionMask.sum().item<long>();
        return inner.Logits(inputIds, attentionMask, cache, lastOnly).MoveToOuterDisposeScope();
    }

    public Tensor Loss(Batch batch) => inner.Loss(batch);

    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        inner.Outputs(inputs, requested);

    public void Dispose()
    {
    }
}
