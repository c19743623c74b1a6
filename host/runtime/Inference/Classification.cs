namespace Tenon.Host.Inference;

/// <summary>A class with its probability.</summary>
/// <param name="Label">Name of the class.</param>
/// <param name="Probability">Its probability under the model, 0 … 1.</param>
public sealed record ClassProbability(string Label, double Probability);

/// <summary>A classified text or image.</summary>
/// <param name="Input">The text, or the path of the image.</param>
/// <param name="Labels">The most probable classes, best first.</param>
public sealed record Classification(string Input, IReadOnlyList<ClassProbability> Labels);
