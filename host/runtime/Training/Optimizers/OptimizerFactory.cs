using Tenon.Host.Recipes;

namespace Tenon.Host.Training.Optimizers;

/// <summary>Creates the optimizer that the section <c>training</c> of a recipe describes, with each optimizer's defaults.</summary>
internal static class OptimizerFactory
{
    /// <summary>Creates the optimizer of a recipe. The caller disposes it.</summary>
    /// <param name="options">The section.</param>
    /// <param name="groups">The trained parameters.</param>
    public static IOptimizer Create(TrainingOptions options, IReadOnlyList<ParameterGroup> groups) => options.Optimizer switch
    {
        OptimizerName.Sgd => new Sgd(groups, Momentum(options), options.Nesterov ?? false, options.WeightDecay),
        OptimizerName.Lion => new Lion(groups, options.Beta1 ?? 0.9, options.Beta2 ?? 0.99, options.WeightDecay),
        OptimizerName.Adafactor => new Adafactor(groups, new AdafactorOptions(
            options.DecayExponent ?? 0.8, options.Epsilon ?? 1e-30, options.UpdateClip ?? 1, options.ScaleByParameter ?? false,
            options.WeightDecay)),
        OptimizerName.Adamw8bit => new AdamW8bit(groups, AdamW(options)),
        _ => new FusedAdamW(groups, AdamW(options)),
    };

    /// <summary>Returns the bytes of optimizer state for float32 parameters of these shapes.</summary>
    /// <param name="options">The section.</param>
    /// <param name="shapes">Shapes of the parameters.</param>
    public static long StateBytes(TrainingOptions options, IEnumerable<long[]> shapes)
    {
        IReadOnlyList<StateTensor> layout = Layout(options);
        return shapes.Sum(shape => layout.Where(what => what.Applies(shape.Length >= 2)).Sum(what => what.Bytes(shape)));
    }

    /// <summary>Returns the state of a parameter.</summary>
    /// <param name="options">The section.</param>
    public static IReadOnlyList<StateTensor> Layout(TrainingOptions options) => options.Optimizer switch
    {
        OptimizerName.Sgd => Sgd.Layout(Momentum(options)),
        OptimizerName.Lion => Lion.Layout,
        OptimizerName.Adafactor => Adafactor.Layout,
        OptimizerName.Adamw8bit => AdamW8bit.Layout,
        _ => FusedAdamW.Layout,
    };

    private static AdamWOptions AdamW(TrainingOptions options) =>
        new(options.Beta1 ?? 0.9, options.Beta2 ?? 0.95, options.Epsilon ?? 1e-8, options.WeightDecay);

    private static double Momentum(TrainingOptions options) => options.Momentum ?? 0.9;
}
