using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon list</c>: lists components, or the options of one.</summary>
internal static class ListCommand
{
    private const string Recipes = "recipes";
    private static readonly JsonSerializerOptions Camel = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    // The host's own sections.
    private static IEnumerable<OptionInfo> Sections => RecipeLayout.Schema.Options.Where(option => option.Type.Section is not null);

    /// <summary>Creates the command.</summary>
    /// <param name="shared">The state that all commands share.</param>
    public static Command Create(Session shared)
    {
        var what = new Argument<string[]>("what")
        {
            // The sections are read from metadata, which only help needs.
            Description = !shared.Help ? null : $"A kind ({string.Join(", ", ComponentKind.All)}), the name of a component, or both; "
                + $"a section of recipes ({string.Join(", ", Sections.Select(section => section.Key))}); "
                + $"{Recipes} for the shipped recipes. Default: everything.",
            Arity = new ArgumentArity(0, 2),
        };
        var command = new Command("list", "Lists components, the options of one, or the keys of a recipe's section.") { what, shared.Json };
        command.SetAction(result => shared.WithCatalogue(result, catalogue =>
            List(shared, catalogue, result.GetValue(what) ?? [], result.GetValue(shared.Json))));
        return command;
    }

    private static int List(Session shared, PluginCatalogue catalogue, string[] words, bool json)
    {
        if (words is [Recipes])
            return ListRecipes(shared, json);
        if (words is [var word] && Sections.FirstOrDefault(section => section.Key == word) is { } own)
            return ListSection(shared, own, json);
        ComponentKind? kind = words.Length > 0 ? ComponentKind.Find(words[0]) : null;
        string? name = kind is null ? words.ElementAtOrDefault(0) : words.ElementAtOrDefault(1);
        if (kind is null && words.Length == 2)
            return Unknown(shared, words[0], ComponentKind.All.Select(k => k.Name), "kind of component");

        List<ComponentInfo> components = [.. catalogue.Components.Where(c => kind is null || c.Kind == kind)];
        List<ComponentInfo> chosen = [.. components.Where(c => name is null || c.Name == name)];
        if (name is not null && chosen.Count == 0)
        {
            IEnumerable<string> kinds = kind is null
                ? [.. ComponentKind.All.Select(k => k.Name), .. Sections.Select(section => section.Key), Recipes] : [];
            return Unknown(shared, name, [.. components.Select(c => c.Name), .. kinds], kind?.Name ?? "component or kind");
        }

        if (json)
            shared.Write(new JsonArray([.. chosen.Select(c => Describe(c, withOptions: name is not null))]));
        else if (name is null)
            Overview(shared, catalogue, chosen);
        else
            chosen.ForEach(c => Details(shared, c));
        return ExitCode.Done;
    }

    private static void Overview(Session shared, PluginCatalogue catalogue, List<ComponentInfo> components)
    {
        ComponentListing.Show(shared.Console, components);
        shared.Console.WriteLine();
        foreach (PluginInfo plugin in catalogue.Plugins.Where(p => p.State != PluginState.Ready))
            shared.Line(plugin.Reason);
        if (components.Count == catalogue.Components.Count)
            shared.Console.WriteLine($"Recipes (tenon list {Recipes}): {string.Join(", ", ShippedRecipes.Names)}");
    }

    private static int ListRecipes(Session shared, bool json)
    {
        if (json)
        {
            shared.Write(JsonSerializer.SerializeToNode(ShippedRecipes.All, Camel)!);
            return ExitCode.Done;
        }

        Table table = Terminal.Table("recipe", "model", "strategy", "data");
        table.Columns[0].NoWrap();
        foreach (ShippedRecipe recipe in ShippedRecipes.All)
        {
            if (recipe.Stages.Count > 0)
                table.AddTexts(recipe.Name, $"pipeline: {string.Join(", ", recipe.Stages)}", "", "");
            else
                table.AddTexts(recipe.Name, recipe.Model ?? "", recipe.Strategy ?? "", recipe.Data ?? "");
        }

        shared.Console.WriteTable(table);
        return ExitCode.Done;
    }

    private static int ListSection(Session shared, OptionInfo section, bool json)
    {
        OptionsSchema schema = section.Type.Section!;
        if (json)
        {
            shared.Write(RecipeSchema.Describe(schema));
            return ExitCode.Done;
        }

        shared.Line($"{section.Key}: {schema.Summary}");
        ShowOptions(shared, schema, $"{section.Key}:");
        return ExitCode.Done;
    }

    private static void ShowOptions(Session shared, OptionsSchema schema, string path)
    {
        Table table = Terminal.Table("option", "type", "default", "allowed", "meaning");
        table.Columns[0].NoWrap();
        AddOptions(table, schema, path);
        shared.Console.WriteTable(table);
    }

    private static void Details(Session shared, ComponentInfo component)
    {
        shared.Line($"{component}: {component.Summary} ({component.Plugin.Id} {component.Plugin.Version}, {Lower(component.Stability)})");
        if (component.Capabilities.Count > 0)
            shared.Line($"  its models are {string.Join(", ", component.Capabilities.Select(CombinationChecker.Short))}");
        if (component.Collates.Count + component.Reads.Count + component.LearnsFrom.Count > 0)
            shared.Line($"  learns from {string.Join(", ", CombinationChecker.Learnable(component))}");
        if (component.Kind.ReadsModel && component.Outcomes.Count > 0)
            shared.Line($"  its actions yield {string.Join(", ", component.Outcomes.Select(ContractWords.Several))}");
        if (component is { Kind.Relation: { } relation, Subject: { } subject })
            shared.Line($"  {relation(subject)}");
        foreach (ComponentKind required in component.Requires)
            shared.Line($"  needs a {required}");
        if (component.Options.Options.Count + component.Kind.HostOptions.Count == 0)
        {
            shared.Line("  This component has no options.");
            return;
        }

        ShowOptions(shared, component.Options with { Options = [.. component.Options.Options, .. component.Kind.HostOptions] }, "");
    }

    private static void AddOptions(Table table, OptionsSchema schema, string path)
    {
        foreach (OptionInfo option in schema.Options)
        {
            bool isSection = option.Type.Section is not null;
            string value = isSection ? ""
                : option.HasDefault ? option.Default?.ToJsonString() ?? "null"
                : option.IsRequired ? "(required)" : "(computed)";
            table.AddTexts(path + option.Key, isSection ? "section" : option.Type.Name, value, option.Range, option.Summary);
            if (option.Type.Section is { } section)
                AddOptions(table, section, $"{path}{option.Key}:");
        }
    }

    private static JsonObject Describe(ComponentInfo component, bool withOptions)
    {
        var json = new JsonObject
        {
            ["kind"] = component.Kind.Name,
            ["name"] = component.Name,
            ["summary"] = component.Summary,
            ["stability"] = Lower(component.Stability),
            ["plugin"] = component.Plugin.Id,
            ["version"] = component.Plugin.Version!.ToString(),
            ["type"] = component.TypeName,
            ["capabilities"] = Names(component.Capabilities),
            ["collates"] = Names(component.Collates),
            ["needs"] = component.Needs is { } needs ? CombinationChecker.Short(needs) : null,
            ["example"] = component.ExampleType is { } example ? CombinationChecker.Short(example) : null,
            ["needsReward"] = component.NeedsReward,
            ["outcomes"] = Names(component.Outcomes),
            ["modelTypes"] = Names(component.ModelTypes),
            ["adapterTypes"] = Names(component.AdapterTypes),
            ["opens"] = new JsonArray([.. component.Opens]),
        };
        if (withOptions)
            json["options"] = RecipeSchema.Describe(component.Options);
        return json;
    }

    private static int Unknown(Session shared, string found, IEnumerable<string> valid, string what)
    {
        List<string> names = [.. valid];
        shared.Line($"Unknown {what} '{found}'.{NearestName.Question(found, names)} Available: {string.Join(", ", names)}.");
        return ExitCode.Invalid;
    }

    private static JsonArray Names(IEnumerable<string> types) => new([.. types.Select(t => (JsonNode)CombinationChecker.Short(t))]);

    private static string Lower(Stability stability) => stability.ToString().ToLowerInvariant();
}
