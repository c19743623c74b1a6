using Tenon.Host.Plugins.Catalogue;
namespace Tenon.Host.Plugins.Metadata;

/// <summary>Maps framework types to option types.</summary>
internal static class OptionTypes
{
    private static readonly Dictionary<string, OptionType> Primitives = new(StringComparer.Ordinal)
    {
        ["System.Boolean"] = new(OptionKind.Boolean, "boolean"),
        ["System.String"] = new(OptionKind.Text, "string"),
        ["System.Single"] = new(OptionKind.Number, "number"),
        ["System.Double"] = new(OptionKind.Number, "number"),
        ["System.Decimal"] = new(OptionKind.Number, "number"),
        ["System.SByte"] = Integer(sbyte.MinValue, sbyte.MaxValue),
        ["System.Byte"] = Integer(byte.MinValue, byte.MaxValue),
        ["System.Int16"] = Integer(short.MinValue, short.MaxValue),
        ["System.UInt16"] = Integer(ushort.MinValue, ushort.MaxValue),
        ["System.Int32"] = Integer(int.MinValue, int.MaxValue),
        ["System.UInt32"] = Integer(uint.MinValue, uint.MaxValue),
        ["System.Int64"] = Integer(long.MinValue, long.MaxValue),
        ["System.UInt64"] = Integer(ulong.MinValue, ulong.MaxValue),
    };

    /// <summary>Returns the option type of a primitive, or null.</summary>
    public static OptionType? Primitive(string fullName) => Primitives.GetValueOrDefault(fullName);

    /// <summary>Returns whether the configuration binder fills the type from a list.</summary>
    public static bool IsList(string fullName) => fullName is "System.Collections.Generic.IReadOnlyList`1"
        or "System.Collections.Generic.IReadOnlyCollection`1" or "System.Collections.Generic.IEnumerable`1"
        or "System.Collections.Generic.IList`1" or "System.Collections.Generic.List`1";

    /// <summary>Returns whether the configuration binder fills the type from names and values.</summary>
    public static bool IsDictionary(NamedType type) => type.FullName is "System.Collections.Generic.IReadOnlyDictionary`2"
            or "System.Collections.Generic.IDictionary`2" or "System.Collections.Generic.Dictionary`2"
        && type.Arguments[0] is NamedType { FullName: "System.String" };

    private static OptionType Integer(double least, double greatest) =>
        new(OptionKind.WholeNumber, "integer") { Least = least, Greatest = greatest };
}
