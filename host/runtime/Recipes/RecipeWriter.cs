using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;
using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Recipes;

/// <summary>Writes a fully resolved recipe, so that it can be run again even if defaults change.</summary>
public static class RecipeWriter
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Returns the recipe as JSON, with overrides, the host's defaults, and each component's defaults from metadata.</summary>
    /// <param name="recipe">A recipe without findings.</param>
    /// <param name="catalogue">The catalogue that the recipe was read with.</param>
    public static JsonObject Resolve(Recipe recipe, PluginCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(catalogue);
        var json = new JsonObject
        {
            ["name"] = recipe.Name,
            ["seed"] = recipe.Seed,
            ["output"] = recipe.Output,
            ["baseDirectory"] = recipe.BaseDirectory,
        };
        foreach (ComponentKind kind in ComponentKind.All)
        {
            JsonNode?[] components = [.. recipe.Of(kind).Select(choice => Component(choice, recipe, catalogue))];
            json[kind.Section] = kind.TakesSeveral && components.Length > 0 ? new JsonArray(components) : components.FirstOrDefault();
        }

        json["training"] = JsonSerializer.SerializeToNode(recipe.Training, Json);
        json["validation"] = JsonSerializer.SerializeToNode(recipe.Validation, Json);
        json["checkpoints"] = JsonSerializer.SerializeToNode(recipe.Checkpoints, Json);
        json["samples"] = JsonSerializer.SerializeToNode(recipe.Samples, Json);
        return json;
    }

    private static JsonObject Component(ComponentChoice choice, Recipe recipe, PluginCatalogue catalogue)
    {
        VersionRange? range = choice.Version is null ? null : VersionRange.Parse(choice.Version);
        ComponentInfo component = catalogue.Find(choice.Kind, choice.Use, range)
            ?? throw new InvalidOperationException($"The catalogue has no {choice.Kind} '{choice.Use}'; the recipe was read with a " +
                "different catalogue.");
        var json = new JsonObject { ["use"] = choice.Version is null ? choice.Use : $"{choice.Use}@{choice.Version}" };
        // The starting folder is written as an absolute path.
        if (choice.Kind == ComponentKind.Architecture && recipe.From is { } from)
            json["from"] = from;
        // The folder determines the values that the recipe does not set; a default written here would override them when the run is
        // resumed.
        Fill(json, choice.Options, component.Options.Options, withDefaults: !json.ContainsKey("from"));
        Fill(json, choice.Options, choice.Kind.HostOptions.Where(option => !option.IsFolder));
        return json;
    }

    private static void Fill(JsonObject json, IConfiguration section, IEnumerable<OptionInfo> options, bool withDefaults = true)
    {
        foreach (OptionInfo option in options)
        {
            IConfigurationSection child = section.GetSection(option.Key);
            if (child.Exists())
                json[option.Key] = Value(child, option.Type);
            else if (withDefaults && option.HasDefault)
                json[option.Key] = option.Default?.DeepClone();
        }
    }

    private static JsonNode? Value(IConfigurationSection section, OptionType type)
    {
        switch (type.Kind)
        {
            case OptionKind.Boolean:
                return bool.Parse(section.Value!);
            case OptionKind.WholeNumber:
                return JsonNode.Parse(section.Value!.TrimStart('+'));
            case OptionKind.Number:
                return double.Parse(section.Value!, CultureInfo.InvariantCulture);
            case OptionKind.Enum:
                return type.Members.FirstOrDefault(m => string.Equals(m.Name, section.Value, StringComparison.OrdinalIgnoreCase))?.Name;
            case OptionKind.Array:
                return new JsonArray([.. section.GetChildren().Select(c => Value(c, type.Element!))]);
            case OptionKind.Dictionary:
                return new JsonObject(section.GetChildren().Select(c => KeyValuePair.Create(c.Key, Value(c, type.Element!))));
            case OptionKind.Section:
                var nested = new JsonObject();
                Fill(nested, section, type.Section!.Options);
                return nested;
            default:
                return section.Value;
        }
    }
}
