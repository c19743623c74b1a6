using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Processes;

namespace Tenon.Host.Recipes;

/// <summary>Checks the sections of a recipe: keys and values, components, and their compatibility.</summary>
/// <param name="sources">The values and their sources.</param>
/// <param name="catalogue">The available components.</param>
/// <param name="findings">Receives errors.</param>
/// <param name="warnings">Receives valid settings that may not have the expected effect.</param>
/// <param name="isStage">Whether the recipe is a stage of a pipeline, which may have a base recipe.</param>
internal sealed class RecipeChecker(
    RecipeSources sources, PluginCatalogue catalogue, List<RecipeFinding> findings, List<RecipeFinding> warnings, bool isStage = false)
{
    private readonly ValueChecker _values =
        new(sources, findings, elsewhere: new OptionIndex(catalogue).KeysIn(sources.Configuration).Matching);

    /// <summary>Checks everything.</summary>
    public void Check()
    {
        IConfigurationRoot root = sources.Configuration;
        // The folder of a stage is inside that of its pipeline.
        OptionsSchema schema = isStage
            ? RecipeLayout.Schema with { Options = [.. RecipeLayout.Schema.Options.Where(option => option.Key != "output")] }
            : RecipeLayout.Schema;
        _values.Section(root, isStage
            ? "a stage" : "a recipe", schema, "", [.. ComponentKind.All.Select(kind => kind.Section), isStage ? "recipe" : "$schema"]);
        ILookup<ComponentKind, (string Key, ComponentInfo? Component)> named = ComponentKind.All
            .SelectMany(kind => Components(kind).Select(found => (kind, found))).ToLookup(pair => pair.kind, pair => pair.found);
        var chosen = new RecipeComponents(catalogue);
        foreach (ComponentInfo component in named.SelectMany(kind => kind).Select(found => found.Component).OfType<ComponentInfo>())
            chosen.Add(component);
        foreach (ComponentKind kind in ComponentKind.All)
        {
            Needed(kind, named[kind].Any(), chosen);
            foreach ((string key, ComponentInfo? component) in named[kind].Where(found => found.Component is not null))
                Fits(key, component!, chosen);
        }

        if (chosen.Of(ComponentKind.Strategy) is { } strategy)
        {
            new StrategyChecker(sources, findings).Check(strategy);
            if (chosen.Of(ComponentKind.Architecture) is { } architecture)
            {
                Packing(architecture, chosen);
                BatchStatistics(root, architecture);
                if (strategy.Selects)
                    Selection(root, architecture);
            }
        }

        OptimizerKeys(root.GetSection("training"));
        new ParallelChecker(sources, findings, Launcher.Current).Check(chosen);
    }

    /// <summary>
    /// Checks that the folders in the settings checked by <see cref="Check"/> exist. This is a separate method because recipes may
    /// also be read when the runs that they start from do not exist, and stages of a pipeline before earlier stages have run.
    /// </summary>
    /// <param name="recipeDirectory">Base folder of relative paths if the recipe sets none.</param>
    /// <param name="made">A folder in which the pipeline will create further folders, or null.</param>
    public void Folders(string recipeDirectory, string? made = null)
    {
        string baseDirectory = RecipeReader.BaseDirectory(sources.Configuration, recipeDirectory);
        string[] ofStages = [.. StageReferences.Of(sources).Select(reference => reference.Key)];
        foreach (NamedFolder folder in _values.Folders.Where(folder => !ofStages.Contains(folder.Key, StringComparer.OrdinalIgnoreCase)))
        {
            string path = Path.GetFullPath(folder.Value, baseDirectory);
            bool isMade = made is not null && path.StartsWith(made + Path.DirectorySeparatorChar, StringComparison.Ordinal);
            if (!isMade && folder.Missing(sources, path) is { } missing)
                findings.Add(missing);
        }
    }

    // The recipe's choices of a kind with their keys; null for a component that does not exist, which is reported.
    private List<(string Key, ComponentInfo? Component)> Components(ComponentKind kind)
    {
        List<(string, ComponentInfo?)> named = [];
        foreach (IConfigurationSection item in RecipeLayout.Items(kind, sources.Configuration))
        {
            bool isNull = sources.JsonKind(item.Path) is JsonValueKind.Null;
            bool isThere = !isNull && (item.Exists() || sources.JsonKind(item.Path) is not null);
            bool isItem = item.Path != kind.Section;
            string key = isItem ? $"{kind.Section}:{item.Key}" : kind.Section;
            if (isThere)
                named.Add((key, Component(item, key, kind)));
            else if (kind.IsRequired || isItem)
                Add(key, isNull ? "null" : null, Names(kind), null,
                    $"The section is missing. Add \"{key}\": {{ \"use\": \"…\" }}; available: {Names(kind)}.");
        }

        return named;
    }

    private ComponentInfo? Component(IConfigurationSection section, string key, ComponentKind kind)
    {
        if (section.Value is { Length: > 0 } value)
        {
            string name = catalogue.OfKind(kind).Any(c => c.Name == value) ? value : "…";
            Add(key, value, null, null, sources.IsTyped(section.Path)
                ? $"is '{value}', but it is a section. To choose a {kind}, write --{key}:use {name}."
                : $"is '{value}'; it must be an object such as {{ \"use\": \"{name}\" }}.");
            return null;
        }

        string? use = section["use"];
        if (string.IsNullOrEmpty(use))
        {
            string what = sources.JsonKind($"{section.Path}:use") is JsonValueKind.Array or JsonValueKind.Object
                ? "is not a string" : "is missing";
            Add($"{key}:use", use, Names(kind), null, $"{what}: it must name the {kind}. Available: {Names(kind)}.");
            return null;
        }

        ComponentInfo? component = Find(key, kind, use);
        if (component is not null)
            _values.Section(section, $"the {component}", component.Options, $"{key}:", kind.HostKeys);
        foreach (OptionInfo option in kind.HostOptions)
        {
            if (sources.JsonKind(section.GetSection(option.Key).Path) is not null || section.GetSection(option.Key).Exists())
                _values.Option(section.GetSection(option.Key), option, $"{key}:{option.Key}");
        }

        return component;
    }

    private void Needed(ComponentKind kind, bool isNamed, RecipeComponents chosen)
    {
        bool isSupplied = kind.SuppliedBy is { } key && sources.Configuration[key] is not null;
        string? need = chosen.Need(kind);
        if (need is not null && !isNamed && !isSupplied)
            Add(kind.Section, null, Names(kind), null,
                $"is missing: {need}. Add \"{kind.Section}\": {{ \"use\": \"…\" }}; available: {Names(kind)}.");
        ComponentInfo[] users = [.. kind.Users.Select(chosen.Of).OfType<ComponentInfo>()];
        if (need is not null || !isNamed || kind.Users.Count == 0 || users.Length < kind.Users.Count)
            return;
        string none = users is [var only]
            ? $"the {only} does not use a {kind}" : $"neither {string.Join(" nor ", users.Select(user => $"the {user}"))} uses a {kind}";
        string able = chosen.Names(kind.Users[0], user => kind.Need(user) is not null);
        Add(kind.Section, null, null, null,
            $"has no effect: {none}. Remove the section. {Sentence(kind.Users[0].Plural)} that use one: {able}.");
    }

    private void Fits(string key, ComponentInfo component, RecipeComponents chosen)
    {
        ComponentKind kind = component.Kind;
        if (kind.Incompatibility(component, chosen) is not { } incompatibility)
            return;
        string fit = chosen.Names(kind, other => kind.Incompatibility(other, chosen) is null);
        Add($"{key}:use", component.Name, fit, null,
            $"{incompatibility} {Sentence(kind.Plural)} that fit{(kind.Plural == kind.Name ? "s" : "")}: {fit}.");
    }

    private ComponentInfo? Find(string key, ComponentKind kind, string use)
    {
        (string name, string? version) = ComponentReference.Split(use);
        IReadOnlyList<ComponentInfo> offering = catalogue.AllVersionsOf(kind, name);
        if (offering.Count == 0)
        {
            string? nearest = NearestName.Of(name, catalogue.OfKind(kind).Select(c => c.Name));
            Add($"{key}:use", use, Names(kind), nearest,
                $"is '{name}', but no plugin provides this {kind}.{NearestName.Question(nearest)} Available: " +
                $"{Names(kind)}.{catalogue.NotReady}");
            return null;
        }

        string versions = string.Join(", ", offering.Select(c => c.Plugin.Version));
        if (version is null)
            return catalogue.Find(kind, name) ?? Older();
        if (!VersionRange.TryParse(version, out VersionRange? range))
            Add($"{key}:use", use, versions, null,
                $"is '{use}', but '{version}' is not a NuGet version range such as 1.1, 1.* or [1.0,2.0). Available: {versions}.");
        else if (catalogue.Find(kind, name, range) is { } component)
            return component;
        else
            Add($"{key}:use", use, versions, null, $"is '{use}', but '{name}' is available only in {versions}. Use one of these, or " +
                "install another and widen its range in plugins.json.");
        return null;

        // The newest version in range is chosen even if it cannot be used: falling back to a different version would change the
        // run.
        ComponentInfo Older()
        {
            ComponentInfo usable = offering[^1];
            string? reason = catalogue.Plugins.FirstOrDefault(p => p.IsDefault && p.Id == usable.Plugin.Id)?.Reason;
            Add($"{key}:use", use, versions, null, $"is '{name}', whose newest version cannot be used. {reason} Usable: {versions}; " +
                $"'{name}@{usable.Plugin.Version}' selects one.");
            return usable;
        }
    }

    private void Packing(ComponentInfo architecture, RecipeComponents chosen)
    {
        bool isOn = bool.TryParse(sources.Configuration["training:packing"], out bool packing) && packing;
        if (!isOn || chosen.Of(ComponentKind.Data) is not { ExampleType: { } type } data || architecture.Packs.Contains(type)
            || ComponentKind.Data.Incompatibility(data, chosen) is not null)
            return;
        string able = List(architecture.Packs.Select(ContractWords.Several));
        Add("training:packing", "true", "false", null,
            $"is true, but the {data} yields {ContractWords.Several(type)}, but models of the {architecture} pack {able}. Set it to " +
            "false.");
    }

    // Each micro-batch is normalized separately, so a step is not equivalent to a step with one large batch.
    private void BatchStatistics(IConfigurationRoot root, ComponentInfo architecture)
    {
        bool isFrozen = bool.TryParse(root["model:frozenNorms"], out bool frozen) && frozen;
        if (isFrozen || !int.TryParse(root["training:accumulate"], out int accumulate) || accumulate < 2
            || !architecture.Capabilities.Contains("Tenon." + nameof(IHasBatchStatistics)))
        {
            return;
        }

        const string Key = "training:accumulate";
        warnings.Add(sources.Finding(Key, Key, root[Key], "1", null,
            $"is {accumulate}, but models of the {architecture} normalize each batch of training:batchSize examples with its own " +
            "statistics, so a step is not equivalent to one with a larger batch. Set it to 1 and raise training:batchSize, or set " +
            "model:frozenNorms to true.") with
        { IsWarning = true });
    }

    // Checks types and values; whether there is validation data is known only after the data has been opened.
    private void Selection(IConfigurationRoot root, ComponentInfo architecture)
    {
        if (root["strategy:metric"] is { } metric && Enum.TryParse(metric, ignoreCase: true, out SelectionMetric wanted)
            && Enum.IsDefined(wanted) && wanted != SelectionMetric.Loss
            && !architecture.Capabilities.Contains("Tenon." + nameof(IClassifier)))
        {
            Add("strategy:metric", metric, "loss", null,
                $"is '{metric}', but models of the {architecture} have no classification head; allowed: loss.");
        }

        if (root["strategy:patience"] is { Length: > 0 } patience && root["validation:every"] is null or "0")
            Add("strategy:patience", patience, null, null, $"is {patience} validations, but validation:every is 0, so there is only one " +
                "validation, at the end. Set validation:every to the number of steps between validations.");
    }

    // A key of another optimizer would silently have no effect.
    private void OptimizerKeys(IConfigurationSection training)
    {
        string? name = training["optimizer"];
        if (!Enum.TryParse(name ?? nameof(OptimizerName.Adamw), ignoreCase: true, out OptimizerName optimizer)
            || !Enum.IsDefined(optimizer))
            return;
        IReadOnlyList<string> own = OptimizerOptions.Keys(optimizer);
        foreach (string key in OptimizerOptions.AllKeys.Except(own).Where(key => training[key] is { Length: > 0 }))
        {
            string owners = List(Enum.GetValues<OptimizerName>().Where(o => OptimizerOptions.Keys(o).Contains(key))
                .Select(OptimizerOptions.Spelling));
            Add($"training:{key}", training[key], string.Join(", ", own), null,
                $"is not an option of the optimizer '{OptimizerOptions.Spelling(optimizer)}', whose options are " +
                $"{string.Join(", ", own)}; it belongs to {owners}. Remove it, or set training:optimizer.");
        }
    }

    private void Add(string key, string? found, string? allowed, string? nearest, string message) =>
        findings.Add(sources.Finding(key, key, found, allowed, nearest, message));

    private string Names(ComponentKind kind) => List(catalogue.OfKind(kind).Select(c => c.Name));

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    private static string List(IEnumerable<string> names) => names.DefaultIfEmpty("none").Aggregate((a, b) => $"{a}, {b}");
}
