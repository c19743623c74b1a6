using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes.Pipelines;

/// <summary>Checks a pipeline: its own keys, the names of its stages, and the resulting recipe of each stage.</summary>
/// <param name="path">The pipeline's file.</param>
/// <param name="text">The values of the file.</param>
/// <param name="settings">Environment and command line.</param>
/// <param name="catalogue">The available components.</param>
/// <param name="findings">Receives errors.</param>
/// <param name="warnings">Receives valid settings that may not have the expected effect.</param>
/// <param name="requireFolders">Whether folders in the stages, except those created by stages, must exist.</param>
internal sealed class PipelineChecker(
    string path, RecipeValues text, RecipeSettings settings, PluginCatalogue catalogue, List<RecipeFinding> findings,
    List<RecipeFinding> warnings,
    bool requireFolders)
{
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
    private readonly RecipeSources _sources =
        new(text, settings, new TextLocation(path, 1, JsonValueKind.Object), new OptionIndex(catalogue));

    private string Title => _sources.Configuration["name"] ?? "pipeline";

    private string Output => _sources.Configuration["output"] ?? "runs";

    /// <summary>Checks everything.</summary>
    /// <returns>The pipeline, which is complete if there are no findings.</returns>
    public Pipeline Check()
    {
        IReadOnlyList<string> names = Names();
        Top(names);
        Addressed(names);
        PipelineStage?[] stages = [.. names.Select((name, index) => Stage(names, index, $"{PipelineLayout.Stages}:{name}:"))];
        return new Pipeline
        {
            Name = Title,
            Output = Output,
            File = Path.GetFullPath(path),
            Stages = [.. stages.OfType<PipelineStage>()],
        };
    }

    // A stage without a valid name is identified by its number, so that its other settings are also checked.
    private List<string> Names()
    {
        List<string> names = [];
        bool isList = text.Locations.GetValueOrDefault(PipelineLayout.Stages).Kind == JsonValueKind.Array;
        if (!isList)
            Add(PipelineLayout.Stages, null, "a list in [ ]", null,
                "must be a list of stages: [ { \"name\": \"…\", \"recipe\": \"…\" }, … ].");
        for (int index = 0; text.Locations.TryGetValue(Key(index), out TextLocation place); index++)
        {
            if (place.Kind != JsonValueKind.Object)
                Add(Key(index), text.Values.GetValueOrDefault(Key(index)), "an object in { }", null,
                    "is not a stage; a stage is an object in { } with a name.");
            names.Add(Name(index, names));
        }

        if (names.Count == 0 && isList)
            Add(PipelineLayout.Stages, null, null, null, "is empty. Add a stage: { \"name\": \"…\", \"recipe\": \"…\" }.");
        return names;
    }

    private string Name(int index, List<string> before)
    {
        string key = $"{Key(index)}:name";
        string number = $"{index}";
        if (text.Locations.GetValueOrDefault(Key(index)).Kind != JsonValueKind.Object)
            return number;
        string? name = text.Locations.GetValueOrDefault(key).Kind == JsonValueKind.String ? text.Values[key] : null;
        if (name is null)
            Add(key, null, null, null, "is missing. Add the stage's name, a string in quotes, which is used for its folder and settings.");
        else if (!Regex.IsMatch(name, $"^(?:{PipelineLayout.StageName.Pattern})$", RegexOptions.None, TimeSpan.FromSeconds(1)))
            Add(key, name, PipelineLayout.StageName.Pattern, null, $"is '{name}', which cannot be used as the name of a folder and a " +
                $"setting: it must match {PipelineLayout.StageName.Pattern}.");
        else if (before.FindIndex(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase)) is >= 0 and var same)
            Add(key, name, null, null, $"is '{name}', which is also the name of the stage {(text.Locations[Key(same)].Line is { } line ? $"in line {line}" : $"{same}")}. Names are case-insensitive. Use a different name.");
        else
            return name;
        return number;
    }

    private void Top(IReadOnlyList<string> names)
    {
        var values = new ValueChecker(_sources, findings);
        string[] valid = [.. PipelineLayout.Own, .. PipelineLayout.Shared];
        foreach (IConfigurationSection section in _sources.Configuration.GetChildren()
            .Where(section => !valid.Contains(section.Key, StringComparer.OrdinalIgnoreCase)))
        {
            string? stage = names.FirstOrDefault(name => string.Equals(name, section.Key, StringComparison.OrdinalIgnoreCase));
            if (stage is null)
                values.UnknownKey(section, "a pipeline", valid, "");
            else
                Add(section.Path, section.Key, null, Addressing(stage, "section:key"), $"is a stage, not a section. Write its settings " +
                    $"as {Addressing(stage, "section:key")}, as in --{Addressing(stage, "training:steps 100")}.");
        }

        foreach (string key in new[] { "name", "output" })
        {
            if (_sources.Configuration.GetSection(key) is var section && section.Exists())
                values.Option(section, RecipeLayout.Schema.Find(key)!, key);
        }
    }

    // Settings from outside the file must refer to an existing stage.
    private void Addressed(IReadOnlyList<string> names)
    {
        foreach (string key in settings.Values.Keys.Where(key => RecipeKeys.IsAtOrBelow(key, PipelineLayout.Stages))
            .Order(StringComparer.Ordinal))
        {
            string[] parts = key.Split(':');
            if (parts.Length < 3)
                Add(key, key, null, null, $"is not a setting. Write {Addressing("NAME", "section:key")}, as in " +
                    $"--{Addressing(names.Count > 0 ? names[0] : "NAME", "training:steps 100")}.");
            else if (!names.Contains(parts[1], StringComparer.OrdinalIgnoreCase))
            {
                string? nearest = NearestName.Of(parts[1], names);
                Add(key, parts[1], string.Join(", ", names), nearest,
                    $"there is no stage '{parts[1]}'.{NearestName.Question(nearest)} Available: {string.Join(", ", names)}.");
            }
            else if (parts is [_, _, "name" or PipelineLayout.Recipe])
                Add(key, parts[2], null, null, "can only be set in the pipeline's file.");
        }
    }

    private PipelineStage? Stage(IReadOnlyList<string> names, int index, string prefix)
    {
        RecipeValues own = text.Below(Key(index), prefix);
        TextLocation home = text.Locations[Key(index)] with { Prefix = prefix };
        RecipeSettings outside = settings.OfStage(names[index], PipelineLayout.Shared);
        if (home.Kind != JsonValueKind.Object)
            return null;
        // Applies to the stage itself and overrides; the recipe that it refers to may set a folder for running alone.
        var alone = new RecipeSources(own, outside, home, new OptionIndex(catalogue));
        Refuse("output", "is not a key of a stage: its folder is inside the pipeline's. Set output for the pipeline.");
        Refuse(PipelineLayout.Stages, "is not a key of a stage: pipelines cannot be nested.");

        if (!Named(own, alone, out RecipeText? named, out string file))
            return null;
        string[] pipelines = [.. PipelineLayout.Own.Except(["name"])];
        RecipeValues stage = (named?.Content.In(prefix).Without(pipelines) ?? new RecipeValues())
            .With(text.Only(PipelineLayout.Shared))
            .With(own.Without([.. pipelines, PipelineLayout.Recipe]));
        var sources = new RecipeSources(stage, outside, home, new OptionIndex(catalogue));
        string directory = Path.GetDirectoryName(file)!;
        var checker = new RecipeChecker(sources, catalogue, findings, warnings, isStage: true);
        checker.Check();
        findings.AddRange(StageReferences.Check(sources, names, index));
        if (requireFolders)
            checker.Folders(directory, made: Path.GetFullPath(Path.Combine(Output, Title)));
        return new PipelineStage(names[index], sources, file, directory);

        void Refuse(string key, string message)
        {
            if (alone.Configuration.GetSection(key).Exists())
                findings.Add(alone.Finding(key, key, key, null, null, message));
        }
    }

    // Returns false if the stage's recipe cannot be read.
    private bool Named(RecipeValues own, RecipeSources alone, out RecipeText? recipe, out string file)
    {
        (recipe, file) = (null, Path.GetFullPath(path));
        if (!own.Locations.TryGetValue(PipelineLayout.Recipe, out TextLocation place))
            return true;
        string? name = own.Values.GetValueOrDefault(PipelineLayout.Recipe);
        if (place.Kind != JsonValueKind.String || string.IsNullOrWhiteSpace(name))
            return Refuse(name, null, "must be the name or file of a recipe, in quotes.");
        if (ShippedRecipes.FindFrom(name, _folder) is not { } found)
        {
            string[] there = [.. Directory.EnumerateFiles(_folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f))
                .Concat(ShippedRecipes.Names).Distinct().Order(StringComparer.Ordinal)];
            string? nearest = NearestName.Of(Path.GetFileNameWithoutExtension(name), there);
            return Refuse(name, nearest, $"is '{name}', which is neither a recipe next to the pipeline's file nor a shipped " +
                $"one.{NearestName.Question(nearest)} Available: {string.Join(", ", there)}.");
        }

        recipe = PipelineReader.Text(found);
        findings.AddRange(recipe.Findings);
        if (!recipe.IsWellFormed)
            return false;
        file = found;
        return !recipe.Content.Locations.ContainsKey(PipelineLayout.Stages)
            || Refuse(name, null, $"is '{name}', which is itself a pipeline. A stage must be a single recipe; pipelines cannot be nested.");

        bool Refuse(string? value, string? nearest, string message)
        {
            findings.Add(alone.Finding(PipelineLayout.Recipe, PipelineLayout.Recipe, value, null, nearest, message));
            return false;
        }
    }

    private static string Addressing(string stage, string key) => $"{PipelineLayout.Stages}:{stage}:{key}";

    private static string Key(int index) => $"{PipelineLayout.Stages}:{index}";

    private void Add(string key, string? found, string? allowed, string? nearest, string message) =>
        findings.Add(_sources.Finding(key, key, found, allowed, nearest, message));
}
