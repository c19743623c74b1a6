namespace Tenon.Host.Planning;

/// <summary>The size of a model and of its training data that reach the lowest loss for a number of operations.</summary>
/// <param name="Law">Authors of the law.</param>
/// <param name="Parameters">Parameters, N.</param>
/// <param name="Tokens">Training tokens, D.</param>
/// <param name="Loss">Predicted loss in nats per token.</param>
public sealed record OptimalSize(string Law, double Parameters, double Tokens, double Loss);

/// <summary>
/// Scaling laws of language models, with C = 6·N·D operations. Each describes the data, tokenizer and schedule that it was fitted to,
/// so losses of different laws cannot be compared.
/// </summary>
public static class ScalingLaws
{
    private const double PetaflopDay = 1e15 * 86_400;

    /// <summary>A law of the form L = E + A / N^α + B / D^β.</summary>
    /// <param name="Authors">Authors and year.</param>
    /// <param name="Irreducible">E, the entropy of text.</param>
    /// <param name="A">Coefficient of the parameters.</param>
    /// <param name="B">Coefficient of the tokens.</param>
    /// <param name="Alpha">Exponent of the parameters.</param>
    /// <param name="Beta">Exponent of the tokens.</param>
    public sealed record Parametric(string Authors, double Irreducible, double A, double B, double Alpha, double Beta)
    {
        /// <summary>Predicts the loss.</summary>
        /// <param name="parameters">Parameters.</param>
        /// <param name="tokens">Training tokens.</param>
        public double Loss(double parameters, double tokens) =>
            Irreducible + A / Math.Pow(parameters, Alpha) + B / Math.Pow(tokens, Beta);

        /// <summary>Returns the optimum for a number of operations (Hoffmann et al. 2022, equation 4).</summary>
        /// <param name="flop">Operations, C.</param>
        public OptimalSize Optimum(double flop)
        {
            double g = Math.Pow(Alpha * A / (Beta * B), 1 / (Alpha + Beta));
            double parameters = g * Math.Pow(flop / 6, Beta / (Alpha + Beta));
            double tokens = flop / 6 / parameters;
            return new OptimalSize(Authors, parameters, tokens, Loss(parameters, tokens));
        }
    }

    /// <summary>The third approach of Hoffmann et al. (2022, appendix D.3), with its unrounded constants.</summary>
    public static Parametric Hoffmann { get; } = new("Hoffmann et al. 2022", 1.6934, 406.4, 410.7, 0.3392, 0.2849);

    /// <summary>The same with the constants as printed, which moves the optimum by a quarter.</summary>
    public static Parametric HoffmannRounded { get; } = new("Hoffmann et al. 2022, rounded", 1.69, 406.4, 410.7, 0.34, 0.28);

    /// <summary>The same data fitted again by Besiroglu et al. (2024).</summary>
    public static Parametric Besiroglu { get; } = new("Besiroglu et al. 2024", 1.8172, 482.01, 2085.43, 0.3478, 0.3658);

    /// <summary>
    /// The loss of Kaplan et al. (2020, equation 1.3) for optimally spent operations: (C_c / C)^0.050, with C_c in petaflop days.
    /// </summary>
    /// <param name="flop">Operations.</param>
    public static double KaplanLoss(double flop) => Math.Pow(3.1e8 / (flop / PetaflopDay), 0.050);

    /// <summary>
    /// The size for optimally spent operations (Kaplan et al. 2020, table 6): 1.3·10⁹·C^0.73 parameters without embeddings, and
    /// 2·10¹⁰·C^0.27 tokens, with C in petaflop days.
    /// </summary>
    /// <param name="flop">Operations.</param>
    public static OptimalSize Kaplan(double flop) => new(
        "Kaplan et al. 2020", 1.3e9 * Math.Pow(flop / PetaflopDay, 0.73), 2e10 * Math.Pow(flop / PetaflopDay, 0.27), KaplanLoss(flop));

    /// <summary>The optima of all laws.</summary>
    /// <param name="flop">Operations.</param>
    public static IReadOnlyList<OptimalSize> All(double flop) =>
        [Hoffmann.Optimum(flop), HoffmannRounded.Optimum(flop), Besiroglu.Optimum(flop), Kaplan(flop)];
}
