using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Tenon.Host.Plugins.Metadata;
using AssemblyFile = Tenon.Host.Plugins.Metadata.AssemblyFile;

namespace Tenon.Host.Tests.Plugins.Metadata;

public sealed class MetadataCheckTests : IDisposable
{
    private static readonly EntityHandle _none = default(TypeDefinitionHandle);

    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_intact_assembly_is_opened() => Open(metadata => Class(metadata, "A", _none)).Should().NotBeNull();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void A_type_reference_in_a_circle_is_found(int length) => Open(metadata =>
    {
        for (int row = 1; row <= length; row++)
            metadata.AddTypeReference(MetadataTokens.TypeReferenceHandle(row % length + 1), default, metadata.GetOrAddString($"T{row}"));
    }).Should().BeNull();

    [Fact]
    public void Types_nested_in_each_other_are_found() => Open(metadata =>
    {
        TypeDefinitionHandle first = Class(metadata, "A", _none);
        TypeDefinitionHandle second = Class(metadata, "B", _none);
        metadata.AddNestedType(first, second);
        metadata.AddNestedType(second, first);
    }).Should().BeNull();

    [Fact]
    public void A_signature_that_nests_deeply_is_found() => Open(metadata =>
    {
        var pointers = new BlobBuilder();
        pointers.WriteBytes((byte)SignatureTypeCode.Pointer, 1_000_000);
        pointers.WriteByte((byte)SignatureTypeCode.Int32);
        metadata.AddTypeSpecification(metadata.GetOrAddBlob(pointers));
    }).Should().BeNull();

    [Fact]
    public void The_longest_signature_that_is_allowed_can_be_decoded()
    {
        AssemblyFile file = Open(metadata =>
        {
            var pointers = new BlobBuilder();
            pointers.WriteBytes((byte)SignatureTypeCode.Pointer, 2047);
            pointers.WriteByte((byte)SignatureTypeCode.Int32);
            metadata.AddTypeSpecification(metadata.GetOrAddBlob(pointers));
        })!;

        string? spelling = null;
        var small = new Thread(() => spelling = file.Shape(MetadataTokens.TypeSpecificationHandle(1)).ToString(), 1024 * 1024);
        small.Start();
        small.Join();

        spelling.Should().EndWith("*");
    }

    [Fact]
    public void A_signature_that_refers_to_itself_is_damaged()
    {
        AssemblyFile file = Open(metadata =>
        {
            var itself = new BlobBuilder();
            itself.WriteByte((byte)SignatureTypeCode.OptionalModifier);
            itself.WriteCompressedInteger(CodedIndex.TypeDefOrRefOrSpec(MetadataTokens.TypeSpecificationHandle(1)));
            itself.WriteByte((byte)SignatureTypeCode.Int32);
            metadata.AddTypeSpecification(metadata.GetOrAddBlob(itself));
        })!;

        file.Invoking(f => f.Shape(MetadataTokens.TypeSpecificationHandle(1))).Should().Throw<BadImageFormatException>();
    }

    [Fact]
    public void Classes_that_inherit_from_each_other_are_damaged()
    {
        AssemblyFile file = Open(metadata =>
        {
            Class(metadata, "A", MetadataTokens.TypeDefinitionHandle(3));
            Class(metadata, "B", MetadataTokens.TypeDefinitionHandle(2));
        })!;
        var world = new TypeWorld([file]);
        TypeShape first = file.Shape(MetadataTokens.TypeDefinitionHandle(2));

        world.Invoking(w => w.Bases(first).ToList()).Should().Throw<BadImageFormatException>();
        world.Invoking(w => w.Interfaces(first)).Should().Throw<BadImageFormatException>();
        world.Invoking(w => MetadataCheck.Guard(() => new OptionsReader(w).Read(first))).Should().Throw<BadImageFormatException>();
    }

    private static TypeDefinitionHandle Class(MetadataBuilder metadata, string name, EntityHandle parent) => metadata.AddTypeDefinition(
        TypeAttributes.Public, default, metadata.GetOrAddString(name), parent, MetadataTokens.FieldDefinitionHandle(1),
        MetadataTokens.MethodDefinitionHandle(1));

    // An assembly with <Module> and the rows of a test.
    private AssemblyFile? Open(Action<MetadataBuilder> fill)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString("test.dll"), metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        metadata.AddAssembly(metadata.GetOrAddString("test"), new Version(1, 0), default, default, 0, AssemblyHashAlgorithm.None);
        Class(metadata, "<Module>", _none);
        fill(metadata);
        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(image);
        string file = Path.Combine(_folder, "test.dll");
        File.WriteAllBytes(file, image.ToArray());
        return AssemblyFile.Open(file);
    }
}
