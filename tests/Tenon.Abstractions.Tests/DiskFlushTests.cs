namespace Tenon.Abstractions.Tests;

public sealed class DiskFlushTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_and_folders_are_flushed()
    {
        string file = Path.Combine(_folder, "file");
        using (FileStream stream = File.Create(file))
        {
            stream.WriteByte(7);
            DiskFlush.File(stream);
            new FileInfo(file).Length.Should().Be(1, "the stream's own buffer is flushed too");
        }

        DiskFlush.Folder(_folder);
    }

    [Fact]
    public void A_failure_is_reported_where_the_stream_itself_ignores_it()
    {
        if (OperatingSystem.IsWindows())
            return; // Windows has no file that cannot be flushed.
        using var stream = new FileStream("/dev/null", FileMode.Open, FileAccess.Write);

        stream.Invoking(s => s.Flush(flushToDisk: true)).Should().NotThrow();
        stream.Invoking(DiskFlush.File).Should().Throw<IOException>().WithMessage("The file '/dev/null' cannot be flushed to disk: *");
    }

    [Fact]
    public void A_missing_folder_is_reported()
    {
        if (OperatingSystem.IsWindows())
            return; // Folders are not flushed there.
        string missing = Path.Combine(_folder, "missing");

        missing.Invoking(DiskFlush.Folder).Should().Throw<IOException>().WithMessage($"The folder '{missing}' cannot be flushed*");
    }
}
