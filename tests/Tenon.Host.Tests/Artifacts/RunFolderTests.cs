using Tenon.Host.Artifacts;

namespace Tenon.Host.Tests.Artifacts;

public sealed class RunFolderTests : IDisposable
{
    private readonly string output = Directory.CreateTempSubdirectory("tenon-folder-").FullName;

    [Fact]
    public void A_name_that_is_taken_gets_a_number()
    {
        using RunFolder first = RunFolder.Create(output, "gpt"), second = RunFolder.Create(output, "gpt"), third = RunFolder.Create(output, "gpt");
        new[] { first.Name, second.Name, third.Name }.Should().Equal("gpt", "gpt-2", "gpt-3");
    }

    [Fact]
    public void A_folder_is_held_by_one_run_at_a_time()
    {
        string path;
        using (RunFolder first = RunFolder.Create(output, "gpt"))
        {
            path = first.Path;
            Action second = () => RunFolder.Open(path).Dispose();
            second.Should().Throw<CheckpointException>().WithMessage("*going on in another process*");
        }

        RunFolder.Open(path).Dispose();
        Directory.GetFileSystemEntries(path).Should().BeEmpty();
    }

    [Fact]
    public void Opening_removes_what_was_half_written()
    {
        RunFolder folder = RunFolder.Create(output, "gpt");
        folder.Dispose();
        Directory.CreateDirectory(Path.Combine(folder.Checkpoints, "step-00000002.partial", "x.partial"));
        File.WriteAllText(folder.File("config.json.partial"), "{");
        File.WriteAllText(folder.Recipe, "{}");
        using (RunFolder opened = RunFolder.Open(folder.Path + "/"))
            opened.Name.Should().Be("gpt");
        Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Should().BeEquivalentTo([folder.Checkpoints, folder.Recipe]);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        Action open = () => RunFolder.Open(Path.Combine(output, "nothing"));
        open.Should().Throw<CheckpointException>().WithMessage("There is no run folder '*nothing'*");
    }

    [Fact]
    public void A_folder_that_fails_to_be_filled_does_not_appear()
    {
        string path = Path.Combine(output, "made");
        Action fail = () => Durable.WriteFolder(path, _ => throw new IOException("disk full"));
        fail.Should().Throw<IOException>();
        Directory.Exists(path).Should().BeFalse();
        Durable.WriteFolder(path, folder => File.WriteAllText(Path.Combine(folder, "a"), "1"));
        Durable.WriteFolder(path, folder => File.WriteAllText(Path.Combine(folder, "b"), "2"));
        Directory.GetFiles(path).Select(Path.GetFileName).Should().Equal("b");
        Directory.GetFileSystemEntries(output).Should().Equal(path);
    }

    public void Dispose() => Directory.Delete(output, recursive: true);
}
