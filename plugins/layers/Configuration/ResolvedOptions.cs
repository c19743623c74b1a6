using System.Runtime.CompilerServices;

namespace Tenon.Layers;

/// <summary>
/// Reads options that <see cref="IArchitecture{TOptions, TModel}.Resolve"/> has filled in. An architecture does so once, to
/// create a record of sizes without nulls for its networks and models.
/// </summary>
public static class ResolvedOptions
{
    /// <summary>The value of an option.</summary>
    /// <typeparam name="T">A number or boolean.</typeparam>
    /// <param name="value">The property of the options.</param>
    /// <param name="option">Its name; the compiler fills it in from the expression.</param>
    /// <exception cref="ModelException">The option is null.</exception>
    public static T Value<T>(T? value, [CallerArgumentExpression(nameof(value))] string option = "") where T : struct =>
        value ?? throw NotResolved(option);

    /// <summary>The value of an option.</summary>
    /// <typeparam name="T">A text or a list.</typeparam>
    /// <param name="value">The property of the options.</param>
    /// <param name="option">Its name; the compiler fills it in from the expression.</param>
    /// <exception cref="ModelException">The option is null.</exception>
    public static T Value<T>(T? value, [CallerArgumentExpression(nameof(value))] string option = "") where T : class =>
        value ?? throw NotResolved(option);

    // "options.HiddenSize" -> "hiddenSize"
    private static ModelException NotResolved(string option)
    {
        string name = option[(option.LastIndexOf('.') + 1)..];
        return new ModelException(
            $"'{char.ToLowerInvariant(name[0])}{name[1..]}' is not set because the options are not resolved. " +
            "First call the architecture's Resolve, which fills them in.");
    }
}
