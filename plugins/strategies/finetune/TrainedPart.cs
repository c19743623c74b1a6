using System.ComponentModel.DataAnnotations;
using Tenon.Layers;

namespace Tenon.FineTune;

/// <summary>The parameters that are trained.</summary>
internal static class TrainedPart
{
    /// <summary>Sets <c>requires_grad</c> of each parameter according to the options.</summary>
    /// <param name="options">Patterns of names.</param>
    /// <param name="model">The model.</param>
    public static void Select(FineTuneOptions options, IModel model)
    {
        foreach ((string name, Parameter parameter) in model.Module.named_parameters())
            parameter.requires_grad = IsTrained(options, name);
    }

    /// <summary>Validates the options: reports patterns that match nothing, and options that leave nothing to train.</summary>
    /// <param name="options">Patterns of names.</param>
    /// <param name="model">The model. It is not changed.</param>
    public static IEnumerable<ValidationResult> Validate(FineTuneOptions options, IModel model)
    {
        string[] parameters = [.. model.Module.named_parameters().Select(p => p.name)];
        string[] names = [.. parameters.SelectMany(Parts).Distinct()];
        ValidationResult[] idle =
            [.. ModuleNames.Validate(options.Freeze, names, nameof(options.Freeze)),
                .. ModuleNames.Validate(options.Train, names, nameof(options.Train))];
        return idle.Length > 0 || parameters.Any(name => IsTrained(options, name)) ? idle
            : [new ValidationResult($"Nothing is left to train: 'train' is {FormatList(options.Train)} and 'freeze' is " +
                $"{FormatList(options.Freeze)}. Freeze fewer parameters.")];
    }

    private static bool IsTrained(FineTuneOptions options, string parameter) =>
        (options.Train.Count == 0 || IsMeant(options.Train, parameter)) && !IsMeant(options.Freeze, parameter);

    private static bool IsMeant(IReadOnlyList<string> patterns, string parameter) =>
        Parts(parameter).Any(part => patterns.Any(pattern => ModuleNames.Matches(pattern, part)));

    // The parameter's own name and those of its enclosing modules: a.b.weight, a.b, a.
    private static IEnumerable<string> Parts(string name)
    {
        for (int end = name.Length; end > 0; end = name.LastIndexOf('.', end - 1))
            yield return name[..end];
    }

    private static string FormatList(IReadOnlyList<string> patterns) =>
        patterns.Count == 0 ? "empty" : string.Join(", ", patterns.Select(pattern => $"'{pattern}'"));
}
