using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Plugins.Loading;

/// <summary>Binds a configuration section to an options object and validates it recursively.</summary>
internal static class OptionsBinder
{
    /// <summary>Binds a section.</summary>
    /// <typeparam name="T">The options class.</typeparam>
    /// <param name="owner">Owner of the options, for messages.</param>
    /// <param name="section">The values.</param>
    /// <exception cref="OptionsException">A key or value is invalid.</exception>
    public static T Bind<T>(string owner, IConfiguration section) => (T)Bind(typeof(T), owner, section, []);

    /// <summary>Binds a section.</summary>
    /// <param name="type">The options class.</param>
    /// <param name="owner">Owner of the options, for messages.</param>
    /// <param name="section">The values.</param>
    /// <param name="hostKeys">Keys to ignore, which are not options.</param>
    /// <exception cref="OptionsException">A key or value is invalid.</exception>
    public static object Bind(Type type, string owner, IConfiguration section, IReadOnlyList<string> hostKeys)
    {
        IConfiguration own = new ConfigurationBuilder().AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true)
            .Where(p => p.Key.Length > 0 && !hostKeys.Contains(p.Key.Split(':')[0], StringComparer.OrdinalIgnoreCase))).Build();
        string[] wrong = [.. WrongSettings(type, own, "")];
        if (wrong.Length > 0)
            throw new OptionsException($"The options of the {owner} are invalid. {string.Join(" ", wrong)}");
        object options;
        try
        {
            // A section without children would otherwise bind to null instead of the defaults.
            options = WithoutEmptyLists(type, own).Get(type, o => o.ErrorOnUnknownConfiguration = true) ?? Activator.CreateInstance(type)!;
        }
        catch (Exception error) when (IsInvalidValue(error))
        {
            Exception cause = FailureOrigin.Cause(error);
            throw new OptionsException($"The options of the {owner} cannot be read: " +
                $"{cause.Message}{(cause.InnerException is { } inner ? $" {inner.Message}" : "")}", error);
        }

        ReplaceLists(options, own);
        var findings = new List<string>();
        Validate(options, "", findings);
        return findings.Count == 0
            ? options
            : throw new OptionsException($"The options of the {owner} are invalid. {string.Join(" ", findings)}");
    }

    /// <summary>Sets the options that a section contains and leaves the others unchanged.</summary>
    /// <param name="options">Changed in place.</param>
    /// <param name="section">Values that have already been checked.</param>
    public static void Apply(object options, IConfiguration section)
    {
        WithoutEmptyLists(options.GetType(), section).Bind(options);
        ReplaceLists(options, section);
    }

    // A value that cannot be converted, or that a property rejects, is an error in the recipe; any other exception is the plugin's
    // fault.
    private static bool IsInvalidValue(Exception error) => FailureOrigin.Cause(error) is var cause
        && (cause is ArgumentException or FormatException or OverflowException
            || (cause is InvalidOperationException && FailureOrigin.Of(cause) is null));

    // The library also rejects these settings, but does not suggest keys, and describes values by .NET types.
    private static IEnumerable<string> WrongSettings(Type type, IConfiguration section, string path)
    {
        Dictionary<string, PropertyInfo> properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .DistinctBy(property => property.Name, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(property => OptionsReader.Key(property.Name), StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!properties.TryGetValue(child.Key, out PropertyInfo? property))
            {
                string its = properties.Count == 0
                    ? "The section has no options." : $"Available: {string.Join(", ", properties.Keys.Order(StringComparer.Ordinal))}.";
                yield return $"'{path}{child.Key}' is not an option.{NearestName.Question(child.Key, properties.Keys)} {its}";
                continue;
            }

            string key = path + OptionsReader.Key(property.Name);
            IEnumerable<string> below = IsOptions(property.PropertyType) ? WrongSettings(property.PropertyType, child, $"{key}:")
                : Item(property.PropertyType) is { } item ? child.GetChildren().SelectMany(one => WrongValue(item, one, $"{key}:{one.Key}"))
                : WrongValue(property.PropertyType, child, key);
            foreach (string wrong in below)
                yield return wrong;
        }
    }

    private static IEnumerable<string> WrongValue(Type type, IConfigurationSection section, string key)
    {
        Type? nullable = Nullable.GetUnderlyingType(type);
        bool isNull = section.Value is null || (nullable is not null && section.Value.Length == 0);
        OptionType? scalar = Scalar(nullable ?? type);
        if (isNull || scalar is null)
            return [];
        bool fits = scalar.Kind == OptionKind.Enum
            ? scalar.Members.Any(member => string.Equals(member.Name, section.Value, StringComparison.OrdinalIgnoreCase))
            : scalar.IsSpelledBy(section.Value);
        string? nearest = NearestName.Of(section.Value!, scalar.Members.Select(member => member.Name));
        return fits ? [] : [$"{key}: is '{section.Value}'; it must be {scalar.Needed(section.Value)}.{NearestName.Question(nearest)}"];
    }

    private static OptionType? Scalar(Type type) => type.IsEnum
        ? new OptionType(OptionKind.Enum, type.Name)
        {
            Members = [.. Enum.GetNames(type).Select(name => new EnumMember(OptionsReader.Key(name), 0, ""))],
        }
        : OptionTypes.Primitive(type.FullName ?? "");

    // The item type of a list or dictionary; null if it is neither.
    private static Type? Item(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && Nullable.GetUnderlyingType(type) is null ? type.GetGenericArguments()[^1] : null;

    // The library does not create an empty list for an interface type; ReplaceLists does.
    private static IConfiguration WithoutEmptyLists(Type type, IConfiguration section)
    {
        string[] empty = [.. EmptyLists(type, section)];
        return empty.Length == 0 ? section : new ConfigurationBuilder().AddInMemoryCollection(
            section.AsEnumerable().Where(p => !empty.Contains(p.Key, StringComparer.OrdinalIgnoreCase))).Build();
    }

    private static IEnumerable<string> EmptyLists(Type type, IConfiguration section)
    {
        foreach (PropertyInfo property in Settable(type))
        {
            IConfigurationSection child = section.GetSection(property.Name);
            if (IsList(property.PropertyType) && child.Value?.Length == 0)
                yield return child.Path;
            if (!IsOptions(property.PropertyType))
                continue;
            foreach (string below in EmptyLists(property.PropertyType, child))
                yield return below;
        }
    }

    // The binder would append a recipe's items to the default list; here, a recipe's list replaces the default.
    private static void ReplaceLists(object options, IConfiguration section)
    {
        foreach (PropertyInfo property in Settable(options.GetType()))
        {
            IConfigurationSection child = section.GetSection(property.Name);
            if (!child.Exists())
                continue;
            if (IsList(property.PropertyType))
                property.SetValue(options, child.GetChildren().Any() ? child.Get(property.PropertyType) : Empty(property.PropertyType));
            else if (IsOptions(property.PropertyType) && property.GetValue(options) is { } nested)
                ReplaceLists(nested, child);
        }
    }

    private static void Validate(object options, string path, List<string> findings)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        foreach (ValidationResult result in results)
        {
            string keys = string.Join(", ", result.MemberNames.Select(m => path + OptionsReader.Key(m)));
            findings.Add(keys.Length == 0 ? $"{result.ErrorMessage}" : $"{keys}: {result.ErrorMessage}");
        }

        foreach (PropertyInfo property in Settable(options.GetType()))
        {
            string key = path + OptionsReader.Key(property.Name);
            object? value = property.GetValue(options);
            if (value is not null && IsOptions(property.PropertyType))
                Validate(value, $"{key}:", findings);
            else if (value is IEnumerable items and not string && IsList(property.PropertyType))
                ValidateItems(items, key, findings);
        }
    }

    private static void ValidateItems(IEnumerable items, string key, List<string> findings)
    {
        int index = 0;
        foreach (object? item in items)
        {
            if (item is not null && IsOptions(item.GetType()))
                Validate(item, $"{key}:{index}:", findings);
            index++;
        }
    }

    private static IEnumerable<PropertyInfo> Settable(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.CanRead && p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0);

    private static bool IsList(Type type) => type.IsArray
        || (type.IsGenericType && OptionTypes.IsList(type.GetGenericTypeDefinition().FullName!));

    // Framework classes (strings, dictionaries) need no validation.
    private static bool IsOptions(Type type) => type is { IsClass: true, IsArray: false }
        && type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true;

    private static Array Empty(Type list) => Array.CreateInstance(list.IsArray ? list.GetElementType()! : list.GetGenericArguments()[0], 0);
}
