using Microsoft.Extensions.AI;

namespace Tenon.Extensions.AI;

/// <summary>Refuses options that would change a result and are not supported, instead of ignoring them.</summary>
internal static class Refused
{
    /// <summary>Refuses an option that is set.</summary>
    /// <param name="isSet">Whether it is set.</param>
    /// <param name="option">Its name.</param>
    /// <exception cref="NotSupportedException">It is set.</exception>
    public static void If(bool isSet, string option)
    {
        if (isSet)
            throw new NotSupportedException($"The option '{option}' is not supported. Remove it.");
    }

    /// <summary>Refuses options by names that no interface has.</summary>
    /// <param name="properties">The options; null for none.</param>
    /// <exception cref="NotSupportedException">There is one.</exception>
    public static void Additional(AdditionalPropertiesDictionary? properties) =>
        If(properties is { Count: > 0 }, $"AdditionalProperties[\"{properties?.Keys.FirstOrDefault()}\"]");

    /// <summary>Refuses the name of another model.</summary>
    /// <param name="wanted">The name; null for the client's model.</param>
    /// <param name="own">Name of the client's model.</param>
    /// <exception cref="NotSupportedException">The names differ.</exception>
    public static void OtherModel(string? wanted, string own)
    {
        if (wanted is not null && wanted != own)
            throw new NotSupportedException($"'ModelId' is '{wanted}', but the client has only the model '{own}'. Remove it.");
    }

    /// <summary>Returns the library's own options, which a caller can pass to set what the interface has no option for.</summary>
    /// <typeparam name="TOptions">Type of the library's options.</typeparam>
    /// <param name="raw">What the caller's factory returned; null for none.</param>
    /// <exception cref="NotSupportedException">It has another type.</exception>
    public static TOptions? Representation<TOptions>(object? raw) where TOptions : class => raw switch
    {
        null => null,
        TOptions options => options,
        _ => throw new NotSupportedException(
            $"'RawRepresentationFactory' returned a {raw.GetType().Name}, but must return {typeof(TOptions).Name}. Change or remove it."),
    };

    /// <summary>Refuses a value outside of a range.</summary>
    /// <param name="value">The value.</param>
    /// <param name="least">Least allowed value.</param>
    /// <param name="most">Largest allowed value; null for no limit.</param>
    /// <param name="option">Name of the option.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside.</exception>
    public static T IfOutside<T>(T value, T least, T? most, string option) where T : struct, IComparable<T> =>
        value.CompareTo(least) >= 0 && (most is not { } limit || value.CompareTo(limit) <= 0) ? value
            : throw new ArgumentOutOfRangeException(option, FormattableString.Invariant(
                $"'{option}' is {value}; allowed: {least} {(most is null ? "or more" : FormattableString.Invariant($"… {most}"))}."));
}
