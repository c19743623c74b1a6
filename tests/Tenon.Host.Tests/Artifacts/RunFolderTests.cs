using Tenon.Host.Artifacts;
using Tenon.Host.Native;

namespace Tenon.Host.Tests.Artifacts;

public sealed class RunFolderTests : IDisposable
{
    private readonly string output = Directory.CreateTempSubdirectory("tenon-folder-").FullName;

    [Fact]
    public void A_name_that_is_taken_gets_a_number()
    {
        foreach (string name in new[] { "gpt", "gpt-2", "gpt-3" })
        {
            RunFolder folder = RunFolder.Create(output, "gpt");
            folder.Name.Should().Be(name);
            File.WriteAllText(folder.Recipe, "{}");
        }

        Directory.CreateDirectory(Path.Combine(output, "gpt-4"));
        RunFolder.Create(output, "gpt").Name.Should().Be("gpt-4", "an empty folder is free");
    }

    [Fact]
    public void A_folder_is_held_by_one_run_at_a_time()
    {
        RunFolder folder = RunFolder.Create(output, "gpt");
        using (folder.Hold())
        {
            Action second = () => RunFolder.Open(folder.Path).Hold();
            second.Should().Throw<CheckpointException>().WithMessage("*active in another process*");
        }

        folder.Hold().Dispose();
        Directory.GetFileSystemEntries(folder.Path).Should().BeEmpty();
    }

    [Fact]
    public void What_was_half_written_is_removed()
    {
        RunFolder folder = RunFolder.Create(output, "gpt");
        Directory.CreateDirectory(Path.Combine(Durable.Temporary(Path.Combine(folder.Checkpoints, "step-00000002")), "x"));
        string checkpoint = Directory.CreateDirectory(Path.Combine(folder.Checkpoints, "step-00000001")).FullName;
        foreach (string file in (string[])[folder.File("config.json"), Path.Combine(checkpoint, "trainer.json")])
            File.WriteAllText(Durable.Temporary(file), "{");
        File.WriteAllText(folder.Recipe, "{}");
        RunFolder opened = RunFolder.Open(folder.Path + "/");
        opened.Name.Should().Be("gpt");

        opened.RemoveLeftovers();

        Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Should()
            .BeEquivalentTo([folder.Checkpoints, checkpoint, folder.Recipe]);
    }

    [Fact]
    public void What_others_wrote_stays_and_links_are_not_followed()
    {
        RunFolder folder = RunFolder.Create(output, "gpt");
        string outside = Directory.CreateDirectory(Path.Combine(output, "mine")).FullName;
        string otherRun = Directory.CreateDirectory(folder.File("other")).FullName;
        File.WriteAllText(Path.Combine(otherRun, "recipe.json"), "{}");
        string[] kept =
        [
            folder.File("holiday film.partial"), Path.Combine(outside, "film.partial"), Durable.Temporary(Path.Combine(outside, "film")),
            Durable.Temporary(Path.Combine(otherRun, "config.json")),
        ];
        foreach (string file in kept)
            File.WriteAllText(file, "mine");
        Directory.CreateSymbolicLink(folder.File("link"), outside);
        Directory.CreateSymbolicLink(folder.Checkpoints, outside);
        string link = Directory.CreateSymbolicLink(Durable.Temporary(folder.File("link")), outside).FullName;

        folder.RemoveLeftovers();

        kept.Should().OnlyContain(file => File.Exists(file));
        Directory.Exists(link).Should().BeTrue();
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        Action open = () => RunFolder.Open(Path.Combine(output, "nothing"));
        open.Should().Throw<CheckpointException>().WithMessage("The run folder '*nothing' does not exist*");
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
