using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Tenon.FineTune;

/// <summary>
/// Discriminative fine-tuning (Howard and Ruder 2018, section 3.2): a layer's learning rate is the rate of the layer above it
/// times the decay.
/// </summary>
internal static class LayerDecay
{
    /// <summary>Validates the decay: it needs exactly one stack of numbered layers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="decay">In (0, 1]; 1 for none.</param>
    public static IEnumerable<ValidationResult> Validate(IModel model, double decay)
    {
        string[] stacks = [.. model.Module.named_parameters().Select(p => Stack(p.name)).OfType<string>().Distinct()];
        if (decay < 1 && stacks.Length != 1)
        {
            yield return new ValidationResult(
                $"is {decay.ToString(CultureInfo.InvariantCulture)}, but this model has " +
                $"{(stacks.Length == 0 ? "no numbered layers" : $"several stacks of layers: {string.Join(", ", stacks)}")}, " +
                "so the order of the layers is unknown. Set it to 1.", [nameof(FineTuneOptions.LayerDecay)]);
        }
    }

    /// <summary>The multiplier of each parameter's learning rate.</summary>
    /// <param name="model">A stack of numbered layers, with embeddings below it and a head above it.</param>
    /// <param name="decay">In (0, 1).</param>
    /// <returns>
    /// From a parameter's name to decay^(L + 1 − depth): embeddings, which come before the L layers, have depth 0, layer n has
    /// depth n + 1, and everything after the layers has depth L + 1.
    /// </returns>
    public static Func<string, double> Of(IModel model, double decay)
    {
        string[] names = [.. model.Module.named_parameters().Select(p => p.name)];
        string stack = names.Select(Stack).OfType<string>().First();
        int layers = names.Where(name => Stack(name) is not null).Max(name => Layer(name, stack)) + 1;
        int first = Array.FindIndex(names, name => Stack(name) is not null);
        Dictionary<string, double> scales = names.Index().ToDictionary(
            entry => entry.Item,
            entry => Math.Pow(decay, layers + 1 - Depth(entry.Item, entry.Index)),
            StringComparer.Ordinal);
        return name => scales[name];

        int Depth(string name, int index) =>
            Stack(name) is not null ? Layer(name, stack) + 1 : index < first ? 0 : layers + 1;
    }

    // The part of a name before its first number: bert.encoder.layer of bert.encoder.layer.3.output.dense.weight.
    private static string? Stack(string name)
    {
        string[] parts = name.Split('.');
        int number = Array.FindIndex(parts, part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        return number > 0 ? string.Join('.', parts[..number]) : null;
    }

    private static int Layer(string name, string stack) =>
        int.Parse(name[(stack.Length + 1)..].Split('.')[0], CultureInfo.InvariantCulture);
}
