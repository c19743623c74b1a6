using System.CommandLine;

namespace Tenon.Host.Commands;

/// <summary>What commands ask of their arguments.</summary>
internal static class CommandLine
{
    /// <summary>A model folder that a command opens. A new argument each time, since each command owns its own.</summary>
    public static Argument<string> Folder() => new("folder") { Description = "A run's folder, or a model folder in Hugging Face's layout." };

    /// <summary>Texts or files; settings of the device may stand among them.</summary>
    /// <param name="name">What they are.</param>
    /// <param name="description">One sentence.</param>
    public static Argument<string[]> Inputs(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.OneOrMore };

    /// <summary>Refuses values that are not allowed.</summary>
    /// <param name="option">The option.</param>
    /// <param name="holds">Whether a value is allowed.</param>
    /// <param name="allowed">What is allowed, for the message.</param>
    public static void Accept<T>(this Option<T> option, Func<T, bool> holds, string allowed) => option.Validators.Add(result =>
    {
        if (!holds(result.GetValueOrDefault<T>()!))
            result.AddError($"{option.Name} takes {allowed}; found {string.Join(' ', result.Tokens)}.");
    });

    /// <summary>
    /// Tells inputs from the device's settings: an argument that takes any number of values takes these too.
    /// </summary>
    /// <param name="values">As they stand on the command line.</param>
    public static (string[] Inputs, string[] Settings) Divide(IReadOnlyList<string> values)
    {
        List<string> inputs = [];
        List<string> settings = [];
        for (int i = 0; i < values.Count; i++)
        {
            bool isSetting = values[i].StartsWith("--", StringComparison.Ordinal) && values[i].Contains(':', StringComparison.Ordinal);
            (isSetting ? settings : inputs).Add(values[i]);
            if (isSetting && !values[i].Contains('=', StringComparison.Ordinal) && i + 1 < values.Count)
                settings.Add(values[++i]);
        }

        return ([.. inputs], [.. settings]);
    }
}
