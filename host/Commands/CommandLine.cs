using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Tenon.Host.Inference.Text;

namespace Tenon.Cli.Commands;

/// <summary>Arguments and options that several commands share.</summary>
internal static partial class CommandLine
{
    /// <summary>
    /// Returns the argument for the model folder that a command opens. Creates a new object on each call, because commands cannot
    /// share arguments.
    /// </summary>
    public static Argument<string> Folder() => new("folder") { Description = "A run folder, or a model folder in Hugging Face's layout." };

    /// <summary>Returns the option for the size of image files, for commands that read them.</summary>
    public static Option<long> MaximumPixels()
    {
        var option = new Option<long>("--maximum-pixels")
        {
            Description = "Maximum number of pixels of an image file. A small file can claim any size.",
            DefaultValueFactory = _ => ImagePixels.MostPixels,
        };
        option.Accept(value => value is >= 1 and <= int.MaxValue / 4, $"1 … {int.MaxValue / 4}");
        return option;
    }

    /// <summary>Returns the option for the format of the weights that a model generates with.</summary>
    public static Option<string> Weights()
    {
        var weights = new Option<string>("--weights")
        {
            Description = "Format of the weights: fp32; bf16, faster; int8, fastest and least exact; auto: bf16 if the device runs in " +
                "bf16, otherwise fp32.",
            DefaultValueFactory = _ => GenerationWeights.Auto,
        };
        weights.AcceptOnlyFromAmong(GenerationWeights.Names);
        return weights;
    }

    /// <summary>Returns an argument for texts or files.</summary>
    /// <param name="name">The argument's name.</param>
    /// <param name="description">Its description in the help.</param>
    public static Argument<string[]> Inputs(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.OneOrMore };

    /// <summary>Returns an optional argument for texts or files, which may instead come from <see cref="Files.InputOptions"/>.</summary>
    /// <param name="name">The argument's name.</param>
    /// <param name="description">Its description in the help.</param>
    public static Argument<string[]> OptionalInputs(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Refuses values that are not allowed.</summary>
    /// <param name="option">The option.</param>
    /// <param name="holds">Whether a value is allowed.</param>
    /// <param name="allowed">The allowed values, for the message.</param>
    public static void Accept<T>(this Option<T> option, Func<T, bool> holds, string allowed) => option.Validators.Add(result =>
    {
        // Errors of conversion are reported by the parser.
        if (result.Errors.Any() || !IsConvertible<T>(result))
            return;
        if (!holds(result.GetValueOrDefault<T>()!))
            result.AddError($"{option.Name} takes {allowed}; found {string.Join(' ', result.Tokens)}.");
    });

    private static bool IsConvertible<T>(OptionResult result)
    {
        try
        {
            _ = result.GetValueOrDefault<T>();
            return true;
        }
        catch (InvalidOperationException wrong)
        {
            result.AddError(wrong.Message);
            return false;
        }
    }

    /// <summary>
    /// Separates the settings from a command line: <c>--device:precision bf16</c>, <c>--training:steps=10</c>. The parser would
    /// read the colon as the separator between an option and its value.
    /// </summary>
    /// <param name="arguments">The command line's words.</param>
    /// <param name="isList">
    /// Whether a key takes several values, so that all words up to the next option belong to it; asked only if several follow.
    /// </param>
    /// <returns>The other arguments, and the settings, both in order.</returns>
    public static (string[] Words, string[] Settings) Divide(IReadOnlyList<string> arguments, Func<string, bool> isList)
    {
        List<string> words = [];
        List<string> settings = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            bool isSetting = Setting().IsMatch(arguments[i]);
            (isSetting ? settings : words).Add(arguments[i]);
            bool needsValue = isSetting && !arguments[i].Contains('=', StringComparison.Ordinal);
            if (!needsValue)
                continue;
            string[] following = [.. arguments.Skip(i + 1).TakeWhile(word => !word.StartsWith('-'))];
            int values = following.Length > 1 && !isList(arguments[i][2..]) ? 1 : following.Length;
            // A negative number is a value; nothing else that begins with a dash is.
            if (values == 0 && i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
                (following, values) = ([arguments[i + 1]], 1);
            settings.AddRange(following.Take(values));
            i += values;
        }

        return ([.. words], [.. settings]);
    }

    // A section and the keys below it, with or without a value.
    [GeneratedRegex(@"^--[A-Za-z]+(:[\w.-]+)+(=.*)?$", RegexOptions.Singleline)]
    private static partial Regex Setting();
}
