using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Text;

/// <summary>Ways to pool the vectors of a text's tokens into one.</summary>
public enum PoolingMode
{
    /// <summary>The first token, <c>[CLS]</c> in BERT.</summary>
    ClassToken,

    /// <summary>The largest value of each component.</summary>
    Max,

    /// <summary>The mean (Reimers and Gurevych 2019, section 3).</summary>
    Mean,

    /// <summary>The last token.</summary>
    LastToken,
}

/// <summary>Settings for computing the vector of a text or image.</summary>
/// <param name="Modes">Several are concatenated in the given order; null or empty for the architecture's own pooling.</param>
/// <param name="Normalize">Whether vectors are scaled to length 1.</param>
public sealed record Pooling(IReadOnlyList<PoolingMode>? Modes = null, bool Normalize = false)
{
    /// <summary>Size of the vectors.</summary>
    /// <param name="model">The model.</param>
    internal int Size(IEmbedder model) => model.EmbeddingSize * Math.Max(1, Modes?.Count ?? 0);

    /// <summary>Computes the vectors of a batch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Not disposed.</param>
    /// <returns>float32 [B, size] in the current dispose scope.</returns>
    /// <exception cref="ModelException">A mode is set, and the model's input is not tokens.</exception>
    internal Tensor Apply(IEmbedder model, Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor vectors = Modes is { Count: > 0 } modes ? Pool(model, batch, modes) : model.Embed(batch); // [B, size]
        return (Normalize ? torch.nn.functional.normalize(vectors, p: 2, dim: 1) : vectors).MoveToOuterDisposeScope();
    }

    private static Tensor Pool(IEmbedder model, Batch batch, IReadOnlyList<PoolingMode> modes)
    {
        Tensor states = model.TokenStates(batch) ?? throw new ModelException(
            $"{model.GetType().Name} has no token vectors to pool. Omit the pooling."); // [B, T, E]
        // [B, T]
        Tensor mask = batch.Find(BatchNames.AttentionMask) ?? torch.ones(states.shape[..2], torch.ScalarType.Int64, states.device);
        return torch.cat([.. modes.Select(mode => Pool(states, mask, mode))], 1);
    }

    // [B, T, E] -> [B, E]
    private static Tensor Pool(Tensor states, Tensor mask, PoolingMode mode) => mode switch
    {
        PoolingMode.ClassToken => Token(states, mask.argmax(1)),
        PoolingMode.LastToken => Token(states, (mask * torch.arange(mask.size(1), device: mask.device)).argmax(1)),
        PoolingMode.Max => states.masked_fill(mask.eq(0).unsqueeze(2), double.NegativeInfinity).amax([1L]),
        PoolingMode.Mean => (states * mask.unsqueeze(2)).sum([1L]) / mask.sum([1L]).unsqueeze(1).clamp(min: 1),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    // Selects the state of one token in each row: index [B].
    private static Tensor Token(Tensor states, Tensor index) =>
        states.gather(1, index.reshape(-1, 1, 1).expand(-1, 1, states.size(2))).squeeze(1);
}
