namespace Tenon;

/// <summary>
/// Marks an option of an architecture whose value belongs to the weights: with another one, the same weights are another model. A run
/// that starts from a folder (<c>model:from</c>) takes the folder's value, and a recipe with a different one is refused. Options that
/// may change from run to run, such as dropout, are not marked.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TrainedWithAttribute : Attribute
{
    /// <summary>Whether a smaller number is allowed, as for the longest sequence. <see cref="IArchitecture.Adapt"/> shortens weights.</summary>
    public bool AllowsLess { get; init; }
}
