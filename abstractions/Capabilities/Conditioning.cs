using TorchSharp;

namespace Tenon;

/// <summary>
/// The conditions under which a denoiser generates a batch, one row each. A new type of condition (text states, an embedding, a
/// low-resolution image) is a new property. Does not own its tensors.
/// </summary>
public sealed record Conditioning
{
    /// <summary>
    /// int64 [B], each in [0, number of classes], where the number of classes means "no class". Null if the model is not
    /// conditioned on classes.
    /// </summary>
    public Tensor? ClassLabels { get; init; }

    /// <summary>Appends the rows of another conditioning with the same types of conditions.</summary>
    /// <param name="other">The rows that follow.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    public Conditioning Append(Conditioning other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new() { ClassLabels = Append(ClassLabels, other.ClassLabels) };
    }

    private static Tensor? Append(Tensor? first, Tensor? second) => (first, second) switch
    {
        (null, null) => null,
        ({ } a, { } b) => torch.cat([a, b]),
        _ => throw new ArgumentException("One conditioning has a condition that the other lacks. The rows of a batch must have the same " +
            "types of conditions.", nameof(second)),
    };
}
