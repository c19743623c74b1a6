using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>
/// Finds damage in an assembly's metadata. The runtime's reader checks tables and sizes, but not whether rows refer to each other in
/// circles (forbidden by ECMA-335, II.22): following such rows never ends, or overflows the stack, which ends the process.
/// </summary>
internal static class MetadataCheck
{
    /// <summary>
    /// Maximum number of levels of nested types, and of base classes and interfaces above a type. Compiled plugins have about five.
    /// </summary>
    public const int MostLevels = 16;

    // Signatures and attributes nest within one value, and decoding takes stack for each level. Real ones have a few dozen bytes.
    private const int LongestSignature = 2048;
    private const int LongestAttribute = 16 * 1024;

    /// <summary>Checks everything that code follows from row to row.</summary>
    /// <param name="reader">The metadata.</param>
    /// <exception cref="BadImageFormatException">The metadata is damaged.</exception>
    public static void Check(MetadataReader reader)
    {
        foreach (TypeReferenceHandle handle in reader.TypeReferences)
            Nesting(handle, type => reader.GetTypeReference((TypeReferenceHandle)type).ResolutionScope);
        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
            Nesting(handle, type => reader.GetTypeDefinition((TypeDefinitionHandle)type).GetDeclaringType());
        for (int row = 1; row <= reader.GetTableRowCount(TableIndex.TypeSpec); row++)
            Signature(reader, reader.GetTypeSpecification(MetadataTokens.TypeSpecificationHandle(row)).Signature);
        foreach (PropertyDefinitionHandle handle in reader.PropertyDefinitions)
            Signature(reader, reader.GetPropertyDefinition(handle).Signature);
    }

    /// <summary>Checks an attribute before its arguments are decoded.</summary>
    /// <param name="reader">The metadata.</param>
    /// <param name="attribute">The attribute.</param>
    /// <exception cref="BadImageFormatException">The attribute is damaged.</exception>
    public static void Check(MetadataReader reader, CustomAttribute attribute)
    {
        if (reader.GetBlobReader(attribute.Value).Length > LongestAttribute)
            throw new BadImageFormatException($"The arguments of an attribute have more than {LongestAttribute} bytes.");
    }

    /// <summary>Checks the number of base classes and interfaces followed from a type.</summary>
    /// <param name="levels">How many were followed.</param>
    /// <param name="type">The type that was reached.</param>
    /// <exception cref="BadImageFormatException">There are too many: some inherit from themselves.</exception>
    public static void Inheritance(int levels, TypeShape type)
    {
        if (levels > MostLevels)
            throw new BadImageFormatException($"{Named(type)} is more than {MostLevels} levels above a type that inherits from it.");
    }

    /// <summary>
    /// Runs code that reads metadata. Damage can make the runtime's reader and the code that uses its values throw almost anything;
    /// all of it becomes one exception.
    /// </summary>
    /// <param name="read">The code; it may throw <see cref="ComponentException"/> for metadata that is intact but wrong.</param>
    /// <exception cref="BadImageFormatException">The metadata is damaged.</exception>
    /// <exception cref="IOException">A file could not be read.</exception>
#pragma warning disable CA1031 // Boundary to data from strangers: whatever fails here is a consequence of the damage.
    public static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error)
            when (error is not (BadImageFormatException or ComponentException or IOException or UnauthorizedAccessException))
        {
            throw new BadImageFormatException($"{error.GetType().Name}: {error.Message}", error);
        }
    }
#pragma warning restore CA1031

    private static void Nesting(EntityHandle type, Func<EntityHandle, EntityHandle> outer)
    {
        HandleKind kind = type.Kind;
        for (int level = 0; !type.IsNil && type.Kind == kind; level++)
        {
            if (level > MostLevels)
                throw new BadImageFormatException($"A type is nested in more than {MostLevels} others, or in itself.");
            type = outer(type);
        }
    }

    private static void Signature(MetadataReader reader, BlobHandle signature)
    {
        if (reader.GetBlobReader(signature).Length > LongestSignature)
            throw new BadImageFormatException($"The signature of a type has more than {LongestSignature} bytes.");
    }

    private static string Named(TypeShape type) => (type as NamedType)?.FullName ?? type.ToString()!;
}
