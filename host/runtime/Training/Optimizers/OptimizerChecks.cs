using static TorchSharp.torch;

namespace Tenon.Host.Training.Optimizers;

/// <summary>Refuses invalid arguments of an optimizer before they reach native code, where an error may end the process.</summary>
internal static class OptimizerChecks
{
    public static void Decay(string optimizer, string name, double value)
    {
        if (!(value is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{optimizer}'s {name} must be at least 0 and less than 1.");
    }

    public static void Positive(string optimizer, string name, double value)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{optimizer}'s {name} must be finite and greater than 0.");
    }

    public static void WeightDecay(string optimizer, double value)
    {
        if (!(value >= 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(nameof(value), value,
                $"{optimizer}'s weight decay must be finite and at least 0; 0 turns it off.");
    }

    public static void Groups(string optimizer, IReadOnlyList<ParameterGroup> groups)
    {
        foreach (ParameterGroup group in groups)
        {
            if (!(group.LearningRateMultiplier >= 0 && double.IsFinite(group.LearningRateMultiplier)))
                throw new ArgumentOutOfRangeException(nameof(groups), group.LearningRateMultiplier, "A learning-rate multiplier must be " +
                    "finite and at least 0; 1 has no effect.");
        }
        NamedParameter[] all = [.. groups.SelectMany(g => g.Parameters)];
        if (all.Length == 0)
            throw new ArgumentException($"{optimizer} needs at least one parameter, but got none. Is the whole model frozen?",
                nameof(groups));
        var names = new HashSet<string>(StringComparer.Ordinal);
        NamedParameter first = all[0];
        foreach (NamedParameter parameter in all)
        {
            if (!names.Add(parameter.Name))
                throw new ArgumentException($"{optimizer} got the parameter '{parameter.Name}' twice. Put each parameter in one group, " +
                    "and a tied parameter only once.", nameof(groups));
            if (!parameter.Value.is_floating_point())
                throw new ArgumentException($"{optimizer} got '{parameter.Name}' of type {parameter.Value.dtype}, but trains only " +
                    "floating-point parameters. Exclude it.", nameof(groups));
            if (parameter.Value.dtype != first.Value.dtype || parameter.Value.device.ToString() != first.Value.device.ToString())
            {
                throw new ArgumentException(
                    $"{optimizer} got '{first.Name}' of type {first.Value.dtype} on {first.Value.device} and '{parameter.Name}' of type " +
                    $"{parameter.Value.dtype} on {parameter.Value.device}. " +
                    "All parameters must have the same type and device: move the whole model first, or create one optimizer for each.",
                    nameof(groups));
            }
        }
    }

    public static void State(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> found)
    {
        string[] missing = [.. expected.Keys.Except(found.Keys).Order(StringComparer.Ordinal)];
        string[] unknown = [.. found.Keys.Except(expected.Keys).Order(StringComparer.Ordinal)];
        if (missing.Length + unknown.Length > 0)
        {
            throw new ArgumentException(
                $"The saved optimizer state does not match the model: {Listed(missing)} missing, {Listed(unknown)} unknown. " +
                "Resume with the model that the state was saved for, or start without a saved state.", nameof(found));
        }
        foreach ((string name, Tensor want) in expected)
        {
            Tensor have = found[name];
            if (have.shape.AsSpan().SequenceEqual(want.shape) && have.dtype == want.dtype) continue;
            throw new ArgumentException(
                $"The saved optimizer state '{name}' is {have.dtype} " +
                $"[{string.Join(", ", have.shape)}]; this model needs {want.dtype} [{string.Join(", ", want.shape)}]. " +
                "Resume with the model that the state was saved for, or start without a saved state.", nameof(found));
        }
    }

    private static string Listed(string[] names) =>
        names.Length == 0 ? "none"
        : names.Length <= 3 ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(3))} and {names.Length - 3} more";
}
