namespace Tenon.Host.Evaluation.Baselines;

/// <summary>A loss to compare with.</summary>
/// <param name="Label">The model that has it.</param>
/// <param name="Loss">Its value.</param>
/// <param name="Accuracy">Share of the targets that the model predicts, where it is known; else null.</param>
public sealed record LossBaseline(string Label, double Loss, double? Accuracy = null);
