using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Text;

/// <summary>The weight formats available for generation.</summary>
internal static class GenerationWeights
{
    /// <summary>The name that selects the device's precision.</summary>
    public const string Auto = "auto";

    /// <summary>All names.</summary>
    public static string[] Names { get; } = [Auto, "fp32", "bf16", "int8"];

    /// <summary>Returns the format of a name. With "auto", no precision beyond the device's is lost.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="precision">Precision of the device.</param>
    public static WeightFormat Format(string name, Precision precision) => name switch
    {
        "fp32" => WeightFormat.Fp32,
        "bf16" => WeightFormat.Bf16,
        "int8" => WeightFormat.Int8,
        Auto => precision == Precision.Bf16 ? WeightFormat.Bf16 : WeightFormat.Fp32,
        _ => throw new OptionsException($"'{name}' is not a format of weights. Allowed: {string.Join(", ", Names)}."),
    };

    /// <summary>Sets the weight format of a model.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="OptionsException">The model does not support a format that was requested by name.</exception>
    /// <exception cref="ModelException">The device does not support the format.</exception>
    public static void Apply(OpenedModel opened, string name)
    {
        if (opened.Model is IPacksWeights model)
            model.PackWeights(Format(name, opened.Device.Precision));
        else if (name != Auto)
            throw new OptionsException($"--weights {name}: this model has only one weight format. Omit the option.");
    }
}
