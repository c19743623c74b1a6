using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Tenon.Host.Plugins.Metadata;

/// <summary>A type as it appears in a signature; the type itself is not loaded.</summary>
internal abstract record TypeShape
{
    /// <summary>Replaces the type parameters of the declaring type with arguments.</summary>
    /// <param name="arguments">The argument for each parameter.</param>
    public virtual TypeShape Substitute(IReadOnlyList<TypeShape> arguments) => this;
}

/// <summary>A named type; primitive types have their framework names.</summary>
/// <param name="Assembly">Simple name of the assembly that the reference points to.</param>
/// <param name="FullName">Namespace, declaring types joined by <c>+</c>, and arity after a backtick, as in reflection.</param>
/// <param name="Arguments">Type arguments; may be empty.</param>
internal sealed record NamedType(string Assembly, string FullName, ImmutableArray<TypeShape> Arguments) : TypeShape
{
    /// <summary>Whether the contract declares the type.</summary>
    public bool IsContract => Assembly == ContractAssembly.Name;

    /// <inheritdoc/>
    public override TypeShape Substitute(IReadOnlyList<TypeShape> arguments) =>
        Arguments.IsEmpty ? this : this with { Arguments = [.. Arguments.Select(a => a.Substitute(arguments))] };

    /// <summary>Returns the name without its namespace, in C# syntax: <c>ICollate&lt;TextExample&gt;</c>.</summary>
    public override string ToString()
    {
        string name = FullName[(FullName.LastIndexOfAny(['.', '+']) + 1)..];
        int arity = name.IndexOf('`', StringComparison.Ordinal);
        if (arity >= 0)
            name = name[..arity];
        return Arguments.IsEmpty ? name : $"{name}<{string.Join(", ", Arguments)}>";
    }
}

/// <summary>An array.</summary>
/// <param name="Element">The element type.</param>
internal sealed record ArrayType(TypeShape Element) : TypeShape
{
    /// <inheritdoc/>
    public override TypeShape Substitute(IReadOnlyList<TypeShape> arguments) => new ArrayType(Element.Substitute(arguments));

    /// <inheritdoc/>
    public override string ToString() => $"{Element}[]";
}

/// <summary>A type parameter of the declaring type.</summary>
/// <param name="Index">Its position.</param>
internal sealed record TypeParameter(int Index) : TypeShape
{
    /// <inheritdoc/>
    public override TypeShape Substitute(IReadOnlyList<TypeShape> arguments) => Index < arguments.Count ? arguments[Index] : this;

    /// <inheritdoc/>
    public override string ToString() => $"T{Index}";
}

/// <summary>
/// A type that occurs in neither options nor capabilities: a pointer, a function pointer, a method's type parameter.
/// </summary>
/// <param name="Spelling">Display form.</param>
internal sealed record OtherType(string Spelling) : TypeShape
{
    /// <inheritdoc/>
    public override string ToString() => Spelling;
}

/// <summary>Decodes signatures and attribute values of one assembly into <see cref="TypeShape"/>s.</summary>
internal sealed class TypeShapeProvider(AssemblyFile file)
    : ISignatureTypeProvider<TypeShape, object?>, ICustomAttributeTypeProvider<TypeShape>
{
    public TypeShape GetPrimitiveType(PrimitiveTypeCode typeCode) => new NamedType("System.Runtime", $"System.{typeCode}", []);

    public TypeShape GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        new NamedType(file.Name, AssemblyFile.FullName(reader, handle), []);

    public TypeShape GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeReference reference = reader.GetTypeReference(handle);
        string name = reader.GetString(reference.Name);
        if (reference.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            var outer = (NamedType)GetTypeFromReference(reader, (TypeReferenceHandle)reference.ResolutionScope, rawTypeKind);
            return outer with { FullName = $"{outer.FullName}+{name}" };
        }

        string assembly = reference.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name)
            : file.Name;
        string space = reader.GetString(reference.Namespace);
        return new NamedType(assembly, space.Length == 0 ? name : $"{space}.{name}", []);
    }

    // The context is the number of specifications being decoded. Only a modifier may refer to another one, and never to itself.
    public TypeShape GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle,
        byte rawTypeKind)
    {
        int open = genericContext as int? ?? 0;
        return open > 1
            ? throw new BadImageFormatException("The signature of a type refers to itself.")
            : reader.GetTypeSpecification(handle).DecodeSignature(this, open + 1);
    }

    public TypeShape GetGenericInstantiation(TypeShape genericType, ImmutableArray<TypeShape> typeArguments) =>
        genericType is NamedType named ? named with { Arguments = typeArguments } : genericType;

    public TypeShape GetGenericTypeParameter(object? genericContext, int index) => new TypeParameter(index);

    public TypeShape GetGenericMethodParameter(object? genericContext, int index) => new OtherType($"M{index}");

    public TypeShape GetSZArrayType(TypeShape elementType) => new ArrayType(elementType);

    public TypeShape GetArrayType(TypeShape elementType, ArrayShape shape) =>
        new OtherType($"{elementType}[{new string(',', shape.Rank - 1)}]");

    public TypeShape GetByReferenceType(TypeShape elementType) => new OtherType($"{elementType}&");

    public TypeShape GetPointerType(TypeShape elementType) => new OtherType($"{elementType}*");

    public TypeShape GetFunctionPointerType(MethodSignature<TypeShape> signature) => new OtherType("function pointer");

    // `init` accessors carry a required modifier on their return type; it does not affect the type itself.
    public TypeShape GetModifiedType(TypeShape modifier, TypeShape unmodifiedType, bool isRequired) => unmodifiedType;

    public TypeShape GetPinnedType(TypeShape elementType) => elementType;

    public TypeShape GetSystemType() => new NamedType("System.Runtime", "System.Type", []);

    public bool IsSystemType(TypeShape type) => type is NamedType { FullName: "System.Type" };

    public TypeShape GetTypeFromSerializedName(string name)
    {
        int comma = name.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0)
            return new NamedType(file.Name, name, []);
        string assembly = name[(comma + 1)..].Split(',')[0].Trim();
        return new NamedType(assembly, name[..comma].Trim(), []);
    }

    // The enums of the contract and of DataAnnotations are all int; the host does not read attributes with other underlying types.
    public PrimitiveTypeCode GetUnderlyingEnumType(TypeShape type) => PrimitiveTypeCode.Int32;
}
