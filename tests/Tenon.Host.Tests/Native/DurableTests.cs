using Tenon.Host.Native;

namespace Tenon.Host.Tests.Native;

public sealed class DurableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-durable-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_that_cannot_be_renamed_leaves_nothing_beside_it()
    {
        // A folder is in its place.
        string taken = Directory.CreateDirectory(Path.Combine(_folder, "loss.png")).FullName;

        Action write = () => Durable.WriteText(taken, "text");

        write.Should().Throw<SystemException>();
        Directory.EnumerateFileSystemEntries(_folder).Should().Equal(taken);
    }

    [Fact]
    public void A_file_is_replaced_as_a_whole()
    {
        string file = Path.Combine(_folder, "a.txt");
        Durable.WriteText(file, "first");

        Durable.WriteText(file, "second");

        File.ReadAllText(file).Should().Be("second");
        Directory.EnumerateFileSystemEntries(_folder).Should().Equal(file);
    }
}
