using Tenon.Host.Artifacts;
using Tenon.Host.Native;

namespace Tenon.Host.Tests.Artifacts;

public sealed class RunFolderTests : IDisposable
{
    private readonly string output = Directory.CreateTempSubdirectory("tenon-folder-").FullName;

    [Fact]
    public void A_name_that_is_taken_gets_a_number()
    {
        RunFolder.Create(output, "gpt").Name.Should().Be("gpt");
        RunFolder.Create(output, "gpt").Name.Should().Be("gpt-2");
        RunFolder.Create(output, "gpt").Name.Should().Be("gpt-3");
    }

    [Fact]
    public void A_folder_is_held_by_one_run_at_a_time()
    {
        RunFolder folder = RunFolder.Create(output, "gpt");
        string unfinished = folder.File("model.safetensors.partial");
        using (folder.Hold())
        {
            File.WriteAllText(unfinished, "being written");
            Action second = () => RunFolder.Open(folder.Path).Hold();
            second.Should().Throw<CheckpointException>().WithMessage("*active in another process*");
            File.Exists(unfinished).Should().BeTrue();
        }

        folder.Hold().Dispose();
        Directory.GetFileSystemEntries(folder.Path).Should().BeEmpty();
    }

    [Fact]
    public void Holding_removes_what_was_half_written()
    {
        RunFolder folder = RunFolder.Create(output, "gpt");
        Directory.CreateDirectory(Path.Combine(folder.Checkpoints, "step-00000002.partial", "x.partial"));
        File.WriteAllText(folder.File("config.json.partial"), "{");
        File.WriteAllText(folder.Recipe, "{}");
        RunFolder opened = RunFolder.Open(folder.Path + "/");
        opened.Name.Should().Be("gpt");
        opened.Hold().Dispose();
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
