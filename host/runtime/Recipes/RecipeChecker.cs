using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>Checks the sections of a recipe: keys and values, components, and whether they fit together.</summary>
/// <param name="sources">The values and where they come from.</param>
/// <param name="catalogue">The components there are.</param>
/// <param name="findings">Where findings go.</param>
/// <param name="isStage">Whether the recipe is a stage of a pipeline, which may also name a recipe to start from.</param>
internal sealed class RecipeChecker(RecipeSources sources, PluginCatalogue catalogue, List<Finding> findings, bool isStage = false)
{
    private readonly ValueChecker _values = new(sources, findings);

    /// <summary>Checks everything.</summary>
    public void Check()
    {
        IConfigurationRoot root = sources.Configuration;
        // The folder of a stage stands in that of its pipeline.
        OptionsSchema schema = isStage
            ? RecipeLayout.Schema with { Options = [.. RecipeLayout.Schema.Options.Where(option => option.Key != "output")] }
            : RecipeLayout.Schema;
        string[] components = [.. schema.Options.Where(o => RecipeLayout.KindOf(o.Key) is not null).Select(o => o.Key)];
        _values.Section(root, isStage ? "a stage" : "a recipe", schema, "", [.. components, isStage ? "recipe" : "$schema"]);
        Dictionary<ComponentKind, ComponentInfo?> chosen = components.Where(key => !RecipeLayout.TakesSeveral(RecipeLayout.KindOf(key)!.Value)).ToDictionary(
            key => RecipeLayout.KindOf(key)!.Value,
            key => Component(root.GetSection(key), key, schema.Find(key)!.IsRequired, RecipeLayout.KindOf(key)!.Value));
        Rewards(root.GetSection("reward"), chosen);

        if (chosen[ComponentKind.Architecture] is { } architecture && chosen[ComponentKind.Strategy] is { } strategy)
        {
            Capability(architecture, strategy);
            if (chosen[ComponentKind.Data] is { } data)
                Data(architecture, strategy, data);
            if (strategy.Selects)
                Selection(root, architecture);
        }

        if (chosen[ComponentKind.Strategy] is { } way)
            new StrategyChecker(sources, findings).Check(way);
        OptimizerKeys(root.GetSection("training"));
        if (chosen[ComponentKind.Architecture] is { } model && CombinationChecker.NeedsTokenizer(model) && !root.GetSection("tokenizer").Exists() && root["model:from"] is null)
        {
            string names = Names(ComponentKind.Tokenizer);
            Add("tokenizer", null, names, null, $"is missing: models of the {model} learn from tokens. Add \"tokenizer\": {{ \"use\": \"…\" }}; there are: {names}.");
        }
    }

    /// <summary>
    /// Checks whether the folders are there that were named in what <see cref="Check"/> has checked. Apart from it: a recipe
    /// is also read where the runs that it starts from are not, and a stage of a pipeline before those before it ran.
    /// </summary>
    /// <param name="recipeDirectory">The folder that relative paths start from when the recipe names none.</param>
    /// <param name="made">A folder in which the pipeline will make others; null: there is none.</param>
    public void Folders(string recipeDirectory, string? made = null)
    {
        string baseDirectory = RecipeReader.BaseDirectory(sources.Configuration, recipeDirectory);
        string[] ofStages = [.. StageReferences.Of(sources).Select(reference => reference.Key)];
        foreach (NamedFolder folder in _values.Folders.Where(folder => !ofStages.Contains(folder.Key, StringComparer.OrdinalIgnoreCase)))
        {
            string path = folder.Key.Equals(RecipeReader.FromKey, StringComparison.OrdinalIgnoreCase)
                ? RecipeReader.From(sources, folder.Value, baseDirectory)
                : Path.GetFullPath(folder.Value, baseDirectory);
            bool isMade = made is not null && path.StartsWith(made + Path.DirectorySeparatorChar, StringComparison.Ordinal);
            if (!isMade && folder.Missing(sources, path) is { } missing)
                findings.Add(missing);
        }
    }

    private ComponentInfo? Component(IConfigurationSection section, string key, bool required, ComponentKind kind)
    {
        bool isNull = sources.JsonKind(section.Path) is JsonValueKind.Null;
        if (isNull || !section.Exists() && sources.JsonKind(section.Path) is null)
        {
            if (required)
                Add(key, isNull ? "null" : null, Names(kind), null, $"The section is missing. Add \"{key}\": {{ \"use\": \"…\" }}; there are: {Names(kind)}.");
            return null;
        }

        if (section.Value is { Length: > 0 } value)
        {
            Add(key, value, null, null, $"is '{value}'; it takes an object such as {{ \"use\": \"{(catalogue.OfKind(kind).Any(c => c.Name == value) ? value : "…")}\" }}.");
            return null;
        }

        string? use = section["use"];
        if (string.IsNullOrEmpty(use))
        {
            string what = sources.JsonKind($"{section.Path}:use") is JsonValueKind.Array or JsonValueKind.Object ? "is no text" : "is missing";
            Add($"{key}:use", use, Names(kind), null, $"{what}: it names the {ComponentInfo.KindName(kind)}. There are: {Names(kind)}.");
            return null;
        }

        ComponentInfo? component = Find(key, kind, use);
        if (component is not null)
            _values.Section(section, $"the {component}", component.Options, $"{key}:", RecipeLayout.HostKeys(kind));
        foreach (OptionInfo option in RecipeLayout.HostOptions(kind))
        {
            if (sources.JsonKind(section.GetSection(option.Key).Path) is not null || section.GetSection(option.Key).Exists())
                _values.Option(section.GetSection(option.Key), option, $"{key}:{option.Key}");
        }

        return component;
    }

    private void Rewards(IConfigurationSection section, Dictionary<ComponentKind, ComponentInfo?> chosen)
    {
        List<(string Key, ComponentInfo? Reward)> rewards = [];
        bool named = section.Exists() && sources.JsonKind(section.Path) is not JsonValueKind.Null;
        foreach (IConfigurationSection item in named ? RecipeLayout.Items(section) : [])
        {
            string key = item.Path == section.Path ? "reward" : $"reward:{item.Key}";
            rewards.Add((key, Component(item, key, required: true, ComponentKind.Reward)));
        }

        (ComponentInfo? strategy, ComponentInfo? data) = (chosen[ComponentKind.Strategy], chosen[ComponentKind.Data]);
        ComponentInfo? needs = new[] { strategy, data }.FirstOrDefault(c => c is { NeedsReward: true });
        string names = Names(ComponentKind.Reward);
        if (needs is not null && rewards.Count == 0)
            Add("reward", null, names, null, $"is missing: the {needs} needs one. Add \"reward\": {{ \"use\": \"…\" }}; there are: {names}.");
        if (needs is null && strategy is not null && data is not null && rewards.Count > 0)
            Add("reward", null, null, null, $"has no effect: neither the {strategy} nor the {data} takes a reward. Take the section out. Strategies that take one: {List(catalogue.OfKind(ComponentKind.Strategy).Where(s => s.NeedsReward).Select(s => s.Name))}.");
        if (strategy is { NeedsReward: true } && chosen[ComponentKind.Architecture] is { } architecture)
            rewards.ForEach(item => Judges(item.Key, architecture, item.Reward));
    }

    private void Judges(string key, ComponentInfo architecture, ComponentInfo? reward)
    {
        if (reward is null || CombinationChecker.CanJudge(reward, architecture))
            return;
        string fit = List(catalogue.OfKind(ComponentKind.Reward).Where(r => CombinationChecker.CanJudge(r, architecture)).Select(r => r.Name));
        Add($"{key}:use", reward.Name, fit, null,
            $"The {reward} judges {ContractWords.Several(reward.Outcomes[0])}, and what the {architecture} does comes to {List(architecture.Outcomes.Select(ContractWords.Several))}. Rewards that fit: {fit}.");
    }

    private ComponentInfo? Find(string key, ComponentKind kind, string use)
    {
        (string name, string? version) = ComponentReference.Split(use);
        IReadOnlyList<ComponentInfo> offering = catalogue.Offering(kind, name);
        if (offering.Count == 0)
        {
            string? nearest = NearestName.Of(name, catalogue.OfKind(kind).Select(c => c.Name));
            Add($"{key}:use", use, Names(kind), nearest,
                $"is '{name}', which no plugin offers as {ComponentInfo.KindName(kind)}.{NearestName.Question(nearest)} There are: {Names(kind)}.{catalogue.NotReady}");
            return null;
        }

        string versions = string.Join(", ", offering.Select(c => c.Plugin.Version));
        if (version is null)
            return catalogue.Find(kind, name) ?? Older();
        if (!VersionRange.TryParse(version, out VersionRange? range))
            Add($"{key}:use", use, versions, null, $"is '{use}', but '{version}' is no NuGet version range such as 1.1, 1.* or [1.0,2.0). There are: {versions}.");
        else if (catalogue.Find(kind, name, range) is { } component)
            return component;
        else
            Add($"{key}:use", use, versions, null, $"is '{use}', but '{name}' is there only in {versions}. Ask for one of these, or install another and widen its range in plugins.json.");
        return null;

        // The newest version in range is it, also when it cannot be used: another one in its place would be another run.
        ComponentInfo Older()
        {
            ComponentInfo usable = offering[^1];
            string? reason = catalogue.Plugins.FirstOrDefault(p => p.IsDefault && p.Id == usable.Plugin.Id)?.Reason;
            Add($"{key}:use", use, versions, null, $"is '{name}', whose newest version cannot be used. {reason} Usable: {versions}; '{name}@{usable.Plugin.Version}' asks for one.");
            return usable;
        }
    }

    private void Capability(ComponentInfo architecture, ComponentInfo strategy)
    {
        if (CombinationChecker.MissingInWords(architecture, strategy) is not { } missing)
            return;
        string able = List(catalogue.OfKind(ComponentKind.Architecture).Where(a => CombinationChecker.MissingCapability(a, strategy) is null).Select(a => a.Name));
        string fit = List(catalogue.OfKind(ComponentKind.Strategy).Where(s => CombinationChecker.MissingCapability(architecture, s) is null).Select(s => s.Name));
        Add("strategy:use", strategy.Name, fit, null,
            $"The {strategy} needs a model that is {missing}, and those of the {architecture} are not. Architectures that are: {able}. Strategies that train '{architecture.Name}': {fit}.");
    }

    private void Data(ComponentInfo architecture, ComponentInfo strategy, ComponentInfo data)
    {
        if (data.ExampleType is not { } type)
            return;
        if (CombinationChecker.CanLearnFrom(architecture, strategy, type))
        {
            Packing(architecture, data, type);
            return;
        }

        string learnable = List(CombinationChecker.Learnable(architecture, strategy));
        string fit = List(catalogue.OfKind(ComponentKind.Data).Where(d => CombinationChecker.CanLearnFrom(architecture, strategy, d.ExampleType!)).Select(d => d.Name));
        Add("data:use", data.Name, fit, null,
            $"The {data} yields {ContractWords.Several(type)}, and the {architecture} with the {strategy} learns from {learnable}. Data that fits: {fit}.");
    }

    private void Packing(ComponentInfo architecture, ComponentInfo data, string type)
    {
        if (!bool.TryParse(sources.Configuration["training:packing"], out bool packing) || !packing || architecture.Packs.Contains(type))
            return;
        string able = List(architecture.Packs.Select(ContractWords.Several));
        Add("training:packing", "true", "false", null,
            $"is true, but the {data} yields {ContractWords.Several(type)}, and models of the {architecture} pack {able}. Set it to false.");
    }

    // What types and values tell; whether there is anything to validate on is known when the data is open.
    private void Selection(IConfigurationRoot root, ComponentInfo architecture)
    {
        if (root["strategy:metric"] is { } metric && Enum.TryParse(metric, ignoreCase: true, out SelectionMetric wanted) && Enum.IsDefined(wanted) && wanted != SelectionMetric.Loss
            && !architecture.Capabilities.Contains("Tenon." + nameof(IClassifier)))
        {
            Add("strategy:metric", metric, "loss", null, $"is '{metric}', but models of the {architecture} tell no classes apart; allowed is loss.");
        }

        if (root["strategy:patience"] is { Length: > 0 } patience && root["validation:every"] is null or "0")
            Add("strategy:patience", patience, null, null, $"is {patience} validations, but validation:every is 0: there is only one, at the end. Set validation:every to the steps between two.");
    }

    // A key of another optimizer would be without effect, and its user would not know.
    private void OptimizerKeys(IConfigurationSection training)
    {
        string? name = training["optimizer"];
        if (!Enum.TryParse(name ?? nameof(OptimizerName.Adamw), ignoreCase: true, out OptimizerName optimizer) || !Enum.IsDefined(optimizer))
            return;
        IReadOnlyList<string> own = OptimizerOptions.Keys(optimizer);
        foreach (string key in OptimizerOptions.AllKeys.Except(own).Where(key => training[key] is { Length: > 0 }))
        {
            string owners = List(Enum.GetValues<OptimizerName>().Where(o => OptimizerOptions.Keys(o).Contains(key)).Select(OptimizerOptions.Spelling));
            Add($"training:{key}", training[key], string.Join(", ", own), null,
                $"is no option of the optimizer '{OptimizerOptions.Spelling(optimizer)}', which has {string.Join(", ", own)}; it belongs to {owners}. Remove it, or set training:optimizer.");
        }
    }

    private void Add(string key, string? found, string? allowed, string? nearest, string message) =>
        findings.Add(sources.Finding(key, key, found, allowed, nearest, message));

    private string Names(ComponentKind kind) => List(catalogue.OfKind(kind).Select(c => c.Name));

    private static string List(IEnumerable<string> names) => names.DefaultIfEmpty("none").Aggregate((a, b) => $"{a}, {b}");
}
