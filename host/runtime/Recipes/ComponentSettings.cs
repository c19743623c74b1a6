using System.Text.Json;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Recipes;

/// <summary>Settings of components outside a recipe, which are checked like those in a recipe.</summary>
internal static class ComponentSettings
{
    /// <summary>Chooses a component with its options.</summary>
    /// <param name="component">The component.</param>
    /// <param name="arguments">Settings of its section, as on the command line; paths are relative to the working directory.</param>
    /// <param name="ofHost">Whether the section may contain the options of the host (<see cref="ComponentKind.HostOptions"/>).</param>
    /// <exception cref="RecipeException">
    /// A setting is invalid or belongs to another section; the exception contains all findings.
    /// </exception>
    public static ComponentChoice Choose(ComponentInfo component, IReadOnlyList<string> arguments, bool ofHost = false)
    {
        string section = component.Kind.Section;
        RecipeSettings settings = RecipeSettings.Read([], arguments);
        List<RecipeFinding> findings = [.. settings.Findings, .. Foreign(settings, [section], component)];
        RecipeSources sources = Sources(component, settings);
        ValueChecker values = Check(component, sources, findings, isWhole: true, ofHost ? component.Kind.HostOptions : []);
        findings.AddRange(values.Folders.Select(folder => folder.Missing(sources, Path.GetFullPath(folder.Value))).OfType<RecipeFinding>());
        return findings.Count == 0 ? new ComponentChoice(component.Kind, component.Name, null, sources.Configuration.GetSection(section))
            : throw new RecipeException(findings);
    }

    /// <summary>Test options for several components, in addition to the components' own test settings: <c>layers=2</c>.</summary>
    /// <param name="components">All components under test.</param>
    /// <param name="arguments">Settings as on the command line: <c>--model:layers 2</c>, for each component of the section.</param>
    /// <exception cref="RecipeException">
    /// A setting is invalid for all components of its section, or the section has no components; the exception contains all
    /// findings.
    /// </exception>
    public static ILookup<ComponentInfo, string> ForTesting(IReadOnlyList<ComponentInfo> components, IReadOnlyList<string> arguments)
    {
        RecipeSettings typed = RecipeSettings.Read([], arguments);
        ILookup<string, ComponentInfo> sections = components.ToLookup(component => component.Kind.Section);
        List<RecipeFinding> findings = [.. typed.Findings, .. Foreign(typed, [.. sections.Select(section => section.Key)])];
        foreach (IGrouping<string, ComponentInfo> section in sections)
        {
            List<RecipeFinding>[] ofEach = [.. section.Select(component => Wrong(component, typed))];
            if (ofEach.All(one => one.Count > 0))
                findings.AddRange(ofEach.SelectMany(one => one));
        }

        if (findings.Count > 0)
            throw new RecipeException([.. findings.Distinct()]);
        return components.SelectMany(component => Of(component, typed).Select(setting => (component, setting)))
            .ToLookup(pair => pair.component, pair => pair.setting);
    }

    private static IEnumerable<string> Of(ComponentInfo component, RecipeSettings settings)
    {
        string section = component.Kind.Section;
        return settings.Values.Where(setting => RecipeKeys.IsBelow(setting.Key, section))
            .Select(setting => $"{setting.Key[(section.Length + 1)..]}={setting.Value.Value}");
    }

    // Completeness of the options is not checked here: a data source whose files are not set is skipped, not refused.
    private static List<RecipeFinding> Wrong(ComponentInfo component, RecipeSettings typed)
    {
        List<RecipeFinding> findings = [];
        Check(component, Sources(component, typed), findings, isWhole: false, ofHost: []);
        return findings;
    }

    private static ValueChecker Check(
        ComponentInfo component, RecipeSources sources, List<RecipeFinding> findings, bool isWhole, IReadOnlyList<OptionInfo> ofHost)
    {
        string section = component.Kind.Section;
        var values = new ValueChecker(sources, findings, isWhole);
        OptionsSchema options = component.Options with { Options = [.. component.Options.Options, .. ofHost] };
        values.Section(sources.Configuration.GetSection(section), $"the {component}", options, $"{section}:", []);
        return values;
    }

    // A key without a section may be an option of the component, such as --eta instead of --sampler:eta.
    private static IEnumerable<RecipeFinding> Foreign(RecipeSettings settings, IReadOnlyCollection<string> sections,
        ComponentInfo? component = null)
    {
        string allowed = string.Join(", ", sections.Select(section => $"--{section}:"));
        foreach (string key in settings.Values.Keys.Where(key => !sections.Any(section => RecipeKeys.IsBelow(key, section))))
        {
            string? nearest = component?.Options.Find(key) is { } option
                ? $"--{component.Kind.Section}:{option.Key}"
                : NearestName.Of(RecipeKeys.First(key), sections);
            yield return new RecipeFinding(Setting.CommandLine, null, key, key, allowed, nearest,
                $"is not a valid setting here.{NearestName.Question(nearest)} Settings start with {allowed}; --help lists the options " +
                "of the command.");
        }
    }

    private static RecipeSources Sources(ComponentInfo component, RecipeSettings settings) =>
        new(new RecipeValues(), settings, new TextLocation(Setting.CommandLine, null, JsonValueKind.Object), new OptionIndex(component));
}
