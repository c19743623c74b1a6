using Tenon.Text.SdkDocs;
using Tenon.Text.Tagged;

namespace Tenon.Text.Tests;

public sealed class SdkReferencesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Words_are_tagged_according_to_the_markup()
    {
        string file = _folder.Write("A.xml", """
            <doc><members>
              <member name="M:Shop.Cart.Add(System.Int32)">
                <summary>Adds <paramref name="count" /> goods to the (<see cref="T:Shop.Cart" />), as <see cref="M:Shop.Cart.Put(System.Int32)" /> does.</summary>
                <returns><see langword="true" /> if there is room; otherwise <c>new Cart()</c> <c>null</c>.</returns>
                <remarks>A text without any reference in it.</remarks>
              </member>
            </members></doc>
            """);

        TaggedSentence[] sentences = [.. SdkReferencesData.Sentences([file], longest: 40)];

        sentences.Should().HaveCount(2);
        string.Join(' ', sentences[0].Words.Zip(sentences[0].Tags, (word, tag) => $"{word}/{tag}")).Should().Be(
            "Adds/O count/B-parameter goods/O to/O the/O (Cart),/B-type as/O Cart.Put/B-member does./O");
        string.Join(' ', sentences[1].Words.Zip(sentences[1].Tags, (word, tag) => $"{word}/{tag}")).Should().Be(
            "true/B-code if/O there/O is/O room;/O otherwise/O new/B-code Cart()/I-code null./B-code");
    }

    [Fact]
    public void Marks_do_not_change_the_texts()
    {
        string file = _folder.Write("A.xml", """
            <doc><members><member name="T:A"><summary>Takes <paramref name="a" />, see <see cref="T:B">that <c>other</c> one</see> too.</summary></member></members></doc>
            """);

        string plain = DocumentationReader.Read(file)[0].Texts[0].Text;

        ReferenceMarks.Remove(DocumentationReader.Read(file, marked: true)[0].Texts[0].Text).Should().Be(plain)
            .And.Be("Takes a, see that other one too.");
        SdkReferencesData.Sentences([file], longest: 6).Should().BeEmpty();
    }

    [Fact]
    public void An_SDK_without_documentation_is_reported()
    {
        Action open = () => new SdkReferencesData().Open(new SdkReferencesOptions { Sdk = _folder.Path }, _folder.Context);

        open.Should().Throw<DataException>().WithMessage("sdk-references: no documentation*or use 'tagged-text' with your own file.");
    }
}
