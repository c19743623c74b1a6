namespace Tenon.Host.Evaluation.Baselines;

/// <summary>A loss for comparison.</summary>
/// <param name="Label">Name of the model.</param>
/// <param name="Loss">Its value.</param>
/// <param name="Accuracy">Accuracy if known, otherwise null.</param>
public sealed record LossBaseline(string Label, double Loss, double? Accuracy = null);
