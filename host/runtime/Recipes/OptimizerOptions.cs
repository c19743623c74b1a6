using Tenon.Host.Plugins.Metadata;
namespace Tenon.Host.Recipes;

/// <summary>The available optimizers.</summary>
public enum OptimizerName
{
    /// <summary>AdamW, fused (Loshchilov and Hutter 2019). Two state values per parameter.</summary>
    Adamw,

    /// <summary>Gradient descent with momentum. One state value per parameter, none with a momentum of 0.</summary>
    Sgd,

    /// <summary>Adafactor without momentum (Shazeer and Stern 2018). One state value per row and column of a matrix.</summary>
    Adafactor,

    /// <summary>
    /// Lion, which uses the sign of a running mean (Chen et al. 2023). One state value per parameter; needs a smaller learning
    /// rate.
    /// </summary>
    Lion,

    /// <summary>
    /// AdamW with 8-bit state (Dettmers et al. 2022): two bytes per number of a matrix, relative to the largest number of its block.
    /// </summary>
    Adamw8bit,
}

/// <summary>
/// Maps optimizers to their keys in the section <c>training</c>; <c>weightDecay</c> and the other keys apply to all.
/// </summary>
internal static class OptimizerOptions
{
    private static readonly Dictionary<OptimizerName, string[]> Own = new()
    {
        [OptimizerName.Adamw] = ["beta1", "beta2", "epsilon"],
        [OptimizerName.Adamw8bit] = ["beta1", "beta2", "epsilon"],
        [OptimizerName.Sgd] = ["momentum", "nesterov"],
        [OptimizerName.Adafactor] = ["epsilon", "decayExponent", "updateClip", "scaleByParameter"],
        [OptimizerName.Lion] = ["beta1", "beta2"],
    };

    /// <summary>The keys that apply only to some optimizers.</summary>
    public static IEnumerable<string> AllKeys => Own.Values.SelectMany(keys => keys).Distinct();

    /// <summary>Returns the keys of an optimizer.</summary>
    /// <param name="optimizer">The optimizer.</param>
    public static IReadOnlyList<string> Keys(OptimizerName optimizer) => Own[optimizer];

    /// <summary>Returns the optimizer's name in recipes.</summary>
    /// <param name="optimizer">The optimizer.</param>
    public static string Spelling(OptimizerName optimizer) => OptionsReader.Key(optimizer.ToString());
}
