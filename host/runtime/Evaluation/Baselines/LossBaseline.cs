namespace Tenon.Host.Evaluation.Baselines;

/// <summary>A loss to compare with.</summary>
/// <param name="Label">Name of the model.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Accuracy">The accuracy; null if unknown.</param>
public sealed record LossBaseline(string Label, double Loss, double? Accuracy = null);
