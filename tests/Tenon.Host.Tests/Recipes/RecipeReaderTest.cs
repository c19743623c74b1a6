using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Host.Tests.Recipes;

/// <summary>Reads recipes from a temporary folder, with the components of a small plugin.</summary>
public abstract class RecipeReaderTest : IDisposable
{
    private protected const string Fine = """
        {
          // A recipe that fits.
          "device": { "use": "here" },
          "data": { "use": "labelled" },
          "model": { "use": "linear", "size": 3 },
          "strategy": { "use": "descend", "author": "us" },
          "training": { "steps": 7, "schedule": "linear", },
        }
        """;

    private protected static PluginCatalogue Catalogue { get; } = Zoo.Good();

    private protected Zoo Zoo { get; } = new();

    public void Dispose()
    {
        Zoo.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static string Pleasing(string reward) =>
        Fine.Replace("\"descend\", \"author\": \"us\"", "\"please\"").Replace("\"training\"", $"\"reward\": {reward}, \"training\"");

    private protected IEnumerable<string> Messages(string json) => Told(Read(json));

    private protected IEnumerable<string> Told(RecipeReading reading) => reading.Findings
        .Select(f => f.ToString().Replace($"{Path.Combine(Zoo.Folder, "recipe.json")}:", "", StringComparison.Ordinal));

    private protected RecipeReading Read(string json, string[]? overrides = null, params (string Name, string Value)[] environment) =>
        RecipeReader.Read(Write(json), Catalogue, overrides, environment.Select(e => KeyValuePair.Create(e.Name, (string?)e.Value)));

    private protected string Write(string json)
    {
        string path = Path.Combine(Zoo.Folder, "recipe.json");
        File.WriteAllText(path, json);
        return path;
    }
}
