namespace Tenon;

/// <summary>
/// Marks an option of an architecture that the weights depend on: with a different value, the same weights are a different model. A
/// run that starts from a folder (<c>model:from</c>) takes the folder's value, and a recipe that sets a different one is refused.
/// Options that may change from run to run, such as dropout, are not marked.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TrainedWithAttribute : Attribute
{
    /// <summary>
    /// Whether a smaller value is allowed, such as a shorter context. <see cref="IArchitecture.Adapt"/> then shortens the
    /// weights.
    /// </summary>
    public bool AllowsLess { get; init; }
}
