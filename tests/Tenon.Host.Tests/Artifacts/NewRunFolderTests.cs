using Tenon.Host.Artifacts;

namespace Tenon.Host.Tests.Artifacts;

public sealed class NewRunFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tenon-new-").FullName;

    private string Output => Path.Combine(_root, "runs", "deep");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_run_that_is_refused_leaves_nothing()
    {
        using (var made = new NewRunFolder(Output, "gpt"))
        {
            Directory.Exists(made.Folder.Path).Should().BeTrue();
            // Accepting it fails after some files are written.
            File.WriteAllText(made.Folder.Recipe, "{}");
            Directory.CreateDirectory(made.Folder.Samples);
        }

        Directory.GetFileSystemEntries(_root).Should().BeEmpty();
    }

    [Fact]
    public void Folders_that_were_there_stay()
    {
        Directory.CreateDirectory(Path.Combine(Output, "gpt"));
        File.WriteAllText(Path.Combine(Output, "mine"), "");

        using (var made = new NewRunFolder(Output, "gpt"))
            made.Folder.Name.Should().Be("gpt");

        Directory.GetFileSystemEntries(Output).Should().BeEquivalentTo([Path.Combine(Output, "gpt"), Path.Combine(Output, "mine")]);
    }

    [Fact]
    public void An_accepted_run_keeps_its_folder_without_the_lock()
    {
        using (var made = new NewRunFolder(Output, "gpt"))
        {
            File.WriteAllText(made.Folder.Recipe, "{}");
            made.Accept();
            FluentActions.Invoking(made.Folder.Hold).Should().Throw<CheckpointException>();
        }

        Directory.GetFileSystemEntries(Path.Combine(Output, "gpt")).Should().Equal(Path.Combine(Output, "gpt", "recipe.json"));
    }

    [Fact]
    public void Runs_that_begin_at_the_same_time_have_folders_of_their_own()
    {
        var names = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ =>
        {
            using var made = new NewRunFolder(Output, "gpt");
            File.Exists(made.Folder.Recipe).Should().BeFalse();
            File.WriteAllText(made.Folder.Recipe, "{}");
            made.Accept();
            names.Add(made.Folder.Name);
        });

        names.Should().OnlyHaveUniqueItems().And.HaveCount(16);
        Directory.GetDirectories(Output).Should().HaveCount(16);
    }
}
