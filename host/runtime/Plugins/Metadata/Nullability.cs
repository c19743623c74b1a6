using System.Reflection.Metadata;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>Whether a reference-typed property is declared nullable.</summary>
internal static class Nullability
{
    private const byte MayBeNull = 2;

    /// <summary>
    /// Reads the compiler's attributes: the one on the property if it differs from the type's context, otherwise the context of
    /// the type or its enclosing types. Code without nullable annotations allows null.
    /// </summary>
    /// <param name="file">The assembly.</param>
    /// <param name="property">A property.</param>
    /// <param name="type">The type that declares the property.</param>
    public static bool AllowsNull(AssemblyFile file, PropertyDefinition property, TypeDefinition type)
    {
        byte? mark = Mark(file, property.GetCustomAttributes(), "System.Runtime.CompilerServices.NullableAttribute");
        for (TypeDefinition? level = type; mark is null && level is { } current;)
        {
            mark = Mark(file, current.GetCustomAttributes(), "System.Runtime.CompilerServices.NullableContextAttribute");
            TypeDefinitionHandle outer = current.GetDeclaringType();
            level = outer.IsNil ? null : file.Reader.GetTypeDefinition(outer);
        }

        return mark is null or 0 or MayBeNull;
    }

    private static byte? Mark(AssemblyFile file, CustomAttributeHandleCollection attributes, string type)
    {
        foreach ((string name, CustomAttribute attribute) in file.Attributes(attributes))
        {
            if (name != type)
                continue;
            object? value = file.Values(attribute).Fixed[0];

            // An array if the type has arguments; its first entry is for the type itself.
            return value as byte? ?? (AttributeValues.Items(value) is [byte first, ..] ? first : null);
        }

        return null;
    }
}
