using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>An assembly on disk, read as data, without loading any of its code. Thread-safe once opened.</summary>
internal sealed class AssemblyFile
{
    private readonly byte[] _image;
    private readonly PEReader _portable;
    private readonly TypeShapeProvider _shapes;
    private readonly Lazy<Dictionary<string, TypeDefinitionHandle>> _types;
    private readonly Lazy<Documentation> _documentation;

    private AssemblyFile(string path, byte[] image, PEReader portable)
    {
        Path = path;
        _image = image;
        _portable = portable;
        Reader = portable.GetMetadataReader();
        AssemblyDefinition definition = Reader.GetAssemblyDefinition();
        Name = Reader.GetString(definition.Name);
        Version = definition.Version;
        References = [.. Reader.AssemblyReferences.Select(Reader.GetAssemblyReference)
            .Select(r => new AssemblyName { Name = Reader.GetString(r.Name), Version = r.Version })];
        _shapes = new TypeShapeProvider(this);
        _types = new(NamedTypes);
        _documentation = new(() => Documentation.Of(path));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Simple name.</summary>
    public string Name { get; }

    /// <summary>Assembly version.</summary>
    public Version Version { get; }

    /// <summary>The assemblies that it was compiled against.</summary>
    public IReadOnlyList<AssemblyName> References { get; }

    /// <summary>Metadata.</summary>
    public MetadataReader Reader { get; }

    /// <summary>The XML documentation file next to the assembly; empty if there is none.</summary>
    public Documentation Documentation => _documentation.Value;

    /// <summary>SHA-256 of the bytes read, in lower-case hexadecimal.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(_image));

    /// <summary>
    /// Opens a file; null if it is not a .NET assembly (for example, a native library or a text file), or one whose metadata is too
    /// damaged to be followed (<see cref="MetadataCheck"/>).
    /// </summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="IOException">The file could not be read.</exception>
    public static AssemblyFile? Open(string path)
    {
        byte[] image = File.ReadAllBytes(path);
        try
        {
            return MetadataCheck.Guard(() => Open(path, image));
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    private static AssemblyFile? Open(string path, byte[] image)
    {
        var portable = new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(image));
        if (!portable.HasMetadata || !portable.GetMetadataReader().IsAssembly)
            return null;
        MetadataCheck.Check(portable.GetMetadataReader());
        return new AssemblyFile(path, image, portable);
    }

    /// <summary>Returns the type with a full name, or null.</summary>
    public TypeDefinition? Find(string fullName) =>
        _types.Value.TryGetValue(fullName, out TypeDefinitionHandle handle) ? Reader.GetTypeDefinition(handle) : null;

    /// <summary>Full names of all types with their definitions.</summary>
    public IEnumerable<(string FullName, TypeDefinition Type)> Types =>
        _types.Value.Select(p => (p.Key, Reader.GetTypeDefinition(p.Value)));

    /// <summary>Returns the type of a handle in this assembly.</summary>
    public TypeShape Shape(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition => _shapes.GetTypeFromDefinition(Reader, (TypeDefinitionHandle)handle, 0),
        HandleKind.TypeReference => _shapes.GetTypeFromReference(Reader, (TypeReferenceHandle)handle, 0),
        HandleKind.TypeSpecification => _shapes.GetTypeFromSpecification(Reader, null, (TypeSpecificationHandle)handle, 0),
        _ => throw new BadImageFormatException($"'{Path}' has a type handle of kind {handle.Kind}."),
    };

    /// <summary>Returns the type of a property.</summary>
    public TypeShape Shape(PropertyDefinition property) => property.DecodeSignature(_shapes, null).ReturnType;

    /// <summary>Returns the declaring type of a method or field used in an instruction.</summary>
    public TypeShape? DeclaringType(EntityHandle member) => member.Kind switch
    {
        HandleKind.MethodDefinition => Shape(Reader.GetMethodDefinition((MethodDefinitionHandle)member).GetDeclaringType()),
        HandleKind.MemberReference =>
            Reader.GetMemberReference((MemberReferenceHandle)member).Parent is { Kind: not HandleKind.MethodDefinition } parent
            ? Shape(parent) : null,
        _ => null,
    };

    /// <summary>Returns an attribute's arguments.</summary>
    public AttributeValues Values(CustomAttribute attribute)
    {
        MetadataCheck.Check(Reader, attribute);
        CustomAttributeValue<TypeShape> value = attribute.DecodeValue(_shapes);
        return new AttributeValues(
            [.. value.FixedArguments.Select(a => a.Value)],
            value.NamedArguments.ToDictionary(a => a.Name!, a => a.Value, StringComparer.Ordinal));
    }

    /// <summary>Attributes, with the full names of their types.</summary>
    public IEnumerable<(string Type, CustomAttribute Attribute)> Attributes(CustomAttributeHandleCollection handles)
    {
        foreach (CustomAttributeHandle handle in handles)
        {
            CustomAttribute attribute = Reader.GetCustomAttribute(handle);
            if (DeclaringType(attribute.Constructor) is NamedType type)
                yield return (type.FullName, attribute);
        }
    }

    /// <summary>Returns the instructions of a method.</summary>
    public BlobReader Instructions(MethodDefinition method) => _portable.GetMethodBody(method.RelativeVirtualAddress).GetILReader();

    /// <summary>Returns the full name of a type, as in reflection.</summary>
    public static string FullName(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        TypeDefinitionHandle outer = type.GetDeclaringType();
        if (!outer.IsNil)
            return $"{FullName(reader, outer)}+{name}";
        string space = reader.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    private Dictionary<string, TypeDefinitionHandle> NamedTypes()
    {
        Dictionary<string, TypeDefinitionHandle> types = new(StringComparer.Ordinal);
        foreach (TypeDefinitionHandle handle in Reader.TypeDefinitions)
        {
            string name = FullName(Reader, handle);
            if (!types.TryAdd(name, handle))
                throw new BadImageFormatException($"'{Path}' has two types named '{name}'.");
        }

        return types;
    }
}

/// <summary>Arguments of an attribute.</summary>
/// <param name="Fixed">Positional arguments, in order.</param>
/// <param name="Named">Named arguments by property.</param>
internal sealed record AttributeValues(IReadOnlyList<object?> Fixed, IReadOnlyDictionary<string, object?> Named)
{
    /// <summary>Returns the items of an array argument; empty if absent.</summary>
    public static IReadOnlyList<object?> Items(object? argument) =>
        argument is ImmutableArray<CustomAttributeTypedArgument<TypeShape>> { IsDefault: false } items
            ? [.. items.Select(i => i.Value)]
            : [];
}
