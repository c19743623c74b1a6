using Tenon.Cli.Commands;

namespace Tenon.Cli.Tests.Commands;

public sealed class WatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tells_of_assemblies_that_came_and_recipes_that_changed()
    {
        string recipe = Path.Combine(_folder, "recipe.json");
        File.WriteAllText(recipe, "{}");
        var watch = new Watch([recipe], [_folder]);
        string assembly = Path.Combine(_folder, "plugin", "My.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(assembly)!);
        File.WriteAllText(assembly, "new");
        File.WriteAllText(Path.Combine(_folder, "plugin", "notes.txt"), "of no interest");

        watch.Next(default).Should().Equal(assembly);
        File.WriteAllText(recipe, "{ }");
        watch.Next(default).Should().Equal(recipe);
    }

    [Fact]
    public void Ends_when_asked_to()
    {
        var watch = new Watch([], [_folder]);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));

        watch.Next(stop.Token).Should().BeEmpty();
    }
}
