using Tenon.Testing;
using Tenon.Text.Files;

namespace Tenon.Text.Tests;

/// <summary>What the contract asks of every source of examples.</summary>
public sealed class TextFilesConformanceTests : DataTests<TextFilesOptions, TextExample>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-text-");

    public TextFilesConformanceTests() =>
        File.WriteAllLines(Path.Combine(_folder.FullName, "lines.txt"), Enumerable.Range(0, 40).Select(i => $"This is line {i}."));

    protected override IData<TextFilesOptions, TextExample> Data => new TextFilesData();

    protected override TextFilesOptions Options => new() { Files = ["lines.txt"], Documents = DocumentUnit.Line };

    protected override string Folder => _folder.FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
