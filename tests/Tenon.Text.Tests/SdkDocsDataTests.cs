using Tenon.Text.SdkDocs;

namespace Tenon.Text.Tests;

public sealed class SdkDocsDataTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Describes_each_type_of_the_sdk_in_english()
    {
        using IDataset<TextExample> dataset = Open(new SdkDocsOptions());
        dataset.Facts.Summary.Should().StartWith("documentation of .NET SDK ", "tests are built with an SDK");
        string text = dataset.Train.All().Single(e => e.Text.StartsWith("ReferenceEqualityComparer\n", StringComparison.Ordinal)).Text;
        text.Should().Contain("An IEqualityComparer that uses reference equality (Object.ReferenceEquals) instead of value equality " +
            "(Object.Equals)")
            .And.Contain("Returns: true if both x and y refer to the same object instance");
        dataset.Facts.Fingerprint.Should().NotBeNull();
        dataset.Train.All().Select(e => e.Text).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Renders_references_names_code_and_lists_and_takes_each_text_once()
    {
        Sdk("10.0.1", """
            <member name="T:A.B.Shelf`1">
              <summary>Holds <see cref="T:A.Book" /> items of <typeparamref name="T" />,
                 or <see langword="null" />.</summary>
            </member>
            <member name="M:A.B.Shelf`1.#ctor(System.Int32)">
              <summary>Creates a shelf with <c>size</c> places; see <see cref="M:A.B.Shelf`1.Put(`0)">putting</see>.</summary>
              <param name="size">How many places <paramref name="size" /> counts.<list type="bullet"><item><term>one</term><description>for one book.</description></item></list></param>
              <exception cref="T:System.ArgumentOutOfRangeException"><paramref name="size" /> is below <see cref="F:System.Int32.MaxValue" />.</exception>
            </member>
            <member name="M:A.B.Shelf`1.Put(`0)">
              <summary>Holds <see cref="T:A.Book" /> items of <typeparamref name="T" />, or <see langword="null" />.</summary>
              <returns>Too short.</returns>
              <remarks>Puts a book there.<code>
                 shelf.Put(book);
              </code></remarks>
            </member>
            <member name="T:A.Other"><summary>__m128i _mm_abs_epi16 (__m128i a)</summary></member>
            """);
        using IDataset<TextExample> dataset = Open(new SdkDocsOptions { Sdk = "sdk", MinimumCharacters = 1 });
        dataset.Train.All().Should().ContainSingle().Which.Text.Should().Be("""
            Shelf
            Holds Book items of T, or null.

            Shelf
            Creates a shelf with size places; see putting.
            size: How many places size counts. one: for one book.
            ArgumentOutOfRangeException: size is below Int32.MaxValue.

            Shelf.Put
            Puts a book there.

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Reads_the_newest_version_and_a_release_before_its_previews()
    {
        Sdk("9.0.10", Member("Nine is not the newest."));
        Sdk("10.0.0", Member("Ten is the newest one."));
        Sdk("10.0.0-rc.2", Member("A preview comes before it."));
        using IDataset<TextExample> dataset = Open(new SdkDocsOptions { Sdk = "sdk", MinimumCharacters = 1 });
        dataset.Train[0].Text.Should().Be("C\nTen is the newest one.\n");
    }

    [Fact]
    public void Extracts_once_and_again_if_the_cached_file_is_damaged()
    {
        Sdk("10.0.1", Member("The text that is kept."));
        var options = new SdkDocsOptions { Sdk = "sdk", MinimumCharacters = 1 };
        Open(options).Dispose();
        Open(options).Dispose();
        _folder.Status.Should().ContainSingle().Which.Should().Be("reading the documentation of .NET SDK 10.0.1");
        string kept = Directory.GetFiles(_folder.At("cache/sdk-docs")).Should().ContainSingle().Subject;
        File.WriteAllText(kept, File.ReadAllText(kept)[..^4]);
        using IDataset<TextExample> dataset = Open(options);
        dataset.Train[0].Text.Should().Be("C\nThe text that is kept.\n");
        _folder.Status.Should().HaveCount(2);
    }

    [Fact]
    public void Reports_when_built_in_sentences_replace_the_documentation()
    {
        Directory.CreateDirectory(_folder.At("sdk"));
        using IDataset<TextExample> dataset = Open(new SdkDocsOptions { Sdk = "sdk" });
        dataset.Train.Count.Should().Be(42_346);
        dataset.Facts.Summary.Should().Be(
            $"not the SDK's documentation but 42,346 example sentences of WordNet 3.0, because no documentation " +
            $"(packs/Microsoft.NETCore.App.Ref/*/ref/net*/*.xml) was found in '{_folder.At("sdk")}'");
        _folder.Status.Should().ContainSingle().Which.Should().EndWith("; using the built-in WordNet sentences");
    }

    [Fact]
    public void Uses_the_built_in_sentences_when_there_is_too_little_documentation()
    {
        Sdk("10.0.1", Member("There is little text."));
        using IDataset<TextExample> dataset = Open(new SdkDocsOptions { Sdk = "sdk" });
        dataset.Facts.Summary.Should()
            .EndWith("because the documentation of .NET SDK 10.0.1 has 24 characters, fewer than 'minimumCharacters' (1,000,000)");
    }

    [Fact]
    public void Fails_without_documentation_if_the_fallback_is_off()
    {
        Action act = () => Open(new SdkDocsOptions { Sdk = "sdk", Fallback = FallbackUse.Never });
        act.Should().Throw<DataException>().WithMessage(
            $"sdk-docs: no documentation (packs/Microsoft.NETCore.App.Ref/*/ref/net*/*.xml) was found in '{_folder.At("sdk")}'. Install " +
            "the .NET SDK, set 'sdk' to its folder, or set 'fallback' to 'auto' or 'always' to train on the built-in WordNet sentences.");
    }

    [Fact]
    public void Uses_the_built_in_sentences_when_requested()
    {
        using IDataset<TextExample> dataset = Open(new SdkDocsOptions { Fallback = FallbackUse.Always });
        dataset.Facts.Summary.Should()
            .Be("not the SDK's documentation but 42,346 example sentences of WordNet 3.0, because 'fallback' is 'always'");
    }

    [Theory]
    [InlineData("T:System.Collections.Generic.List`1", "List")]
    [InlineData("M:System.Collections.Generic.List`1.#ctor(System.Int32)", "List")]
    [InlineData("M:System.Linq.Enumerable.Select``2(System.Collections.Generic.IEnumerable{``0},System.Func{``0,``1})",
        "Enumerable.Select")]
    [InlineData("M:A.B.System#Collections#Generic#ICollection{System#Text#Group}#Add(System.Int32)", "B.Add")]
    [InlineData("M:A.B.op_Explicit(A.B)~System.Int32", "B.op_Explicit")]
    [InlineData("N:System.IO", "System.IO")]
    [InlineData("F:System.Int32.MaxValue", "Int32.MaxValue")]
    public void Writes_documentation_ids_as_people_write_them(string id, string name) => MemberNames.Readable(id).Should().Be(name);

    private IDataset<TextExample> Open(SdkDocsOptions options) => new SdkDocsData(_folder.Cache).Open(options, _folder.Context);

    private static string Member(string summary) => $"""<member name="T:A.C"><summary>{summary}</summary></member>""";

    private void Sdk(string version, string members) => _folder.Write(
        $"sdk/packs/Microsoft.NETCore.App.Ref/{version}/ref/net10.0/A.xml", $"<doc><members>{members}</members></doc>");
}
