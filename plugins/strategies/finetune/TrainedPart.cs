using Tenon.Layers;

namespace Tenon.FineTune;

/// <summary>The parameters that are trained.</summary>
internal static class TrainedPart
{
    /// <summary>Sets <c>requires_grad</c> of each parameter as the options say.</summary>
    /// <param name="options">Patterns of names.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="ModelException">A pattern means nothing, or nothing is left to train.</exception>
    public static void Select(FineTuneOptions options, IModel model)
    {
        var parameters = model.Module.named_parameters().ToList();
        string[] names = [.. parameters.SelectMany(p => Parts(p.name)).Distinct()];
        ModuleNames.RequireMatches(options.Freeze, names, "freeze");
        ModuleNames.RequireMatches(options.Train, names, "train");
        foreach ((string name, Parameter parameter) in parameters)
            parameter.requires_grad = (options.Train.Count == 0 || IsMeant(options.Train, name)) && !IsMeant(options.Freeze, name);
        if (!parameters.Any(p => p.parameter.requires_grad))
        {
            throw new ModelException(
                $"Nothing is left to train: 'train' is {Listed(options.Train)} and 'freeze' is {Listed(options.Freeze)}. Freeze less.");
        }
    }

    private static bool IsMeant(IReadOnlyList<string> patterns, string parameter) =>
        Parts(parameter).Any(part => patterns.Any(pattern => ModuleNames.Matches(pattern, part)));

    // The parameter's own name and those of the modules around it: a.b.weight, a.b, a.
    private static IEnumerable<string> Parts(string name)
    {
        for (int end = name.Length; end > 0; end = name.LastIndexOf('.', end - 1))
            yield return name[..end];
    }

    private static string Listed(IReadOnlyList<string> patterns) =>
        patterns.Count == 0 ? "empty" : string.Join(", ", patterns.Select(pattern => $"'{pattern}'"));
}
