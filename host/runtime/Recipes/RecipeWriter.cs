using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;
using NuGet.Versioning;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>Writes a recipe with everything resolved, so that it can be run again whatever the defaults become.</summary>
public static class RecipeWriter
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The recipe as JSON: overrides laid in, the host's defaults, and of each component the defaults that metadata tells.</summary>
    /// <param name="recipe">A recipe without findings.</param>
    /// <param name="catalogue">The catalogue that it was read with.</param>
    public static JsonObject Resolve(Recipe recipe, PluginCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(catalogue);
        return new JsonObject
        {
            ["name"] = recipe.Name,
            ["seed"] = recipe.Seed,
            ["output"] = recipe.Output,
            ["baseDirectory"] = recipe.BaseDirectory,
            ["device"] = Component(recipe.Device, ComponentKind.Device, catalogue),
            ["data"] = Component(recipe.Data, ComponentKind.Data, catalogue),
            ["tokenizer"] = recipe.Tokenizer is { } tokenizer ? Component(tokenizer, ComponentKind.Tokenizer, catalogue) : null,
            ["model"] = Component(recipe.Model, ComponentKind.Architecture, catalogue, recipe.From),
            ["strategy"] = Component(recipe.Strategy, ComponentKind.Strategy, catalogue),
            ["reward"] = recipe.Reward is { } rewards ? new JsonArray([.. rewards.Select(reward => Reward(reward, catalogue))]) : null,
            ["training"] = JsonSerializer.SerializeToNode(recipe.Training, Json),
            ["validation"] = JsonSerializer.SerializeToNode(recipe.Validation, Json),
            ["checkpoints"] = JsonSerializer.SerializeToNode(recipe.Checkpoints, Json),
            ["samples"] = JsonSerializer.SerializeToNode(recipe.Samples, Json),
        };
    }

    private static JsonObject Component(ComponentChoice choice, ComponentKind kind, PluginCatalogue catalogue, string? from = null)
    {
        VersionRange? range = choice.Version is null ? null : VersionRange.Parse(choice.Version);
        ComponentInfo component = catalogue.Find(kind, choice.Use, range)
            ?? throw new InvalidOperationException($"The catalogue has no {ComponentInfo.KindName(kind)} '{choice.Use}'; the recipe was read with another one.");
        var json = new JsonObject { ["use"] = choice.Version is null ? choice.Use : $"{choice.Use}@{choice.Version}" };
        if (RecipeLayout.TakesFrom(kind) && from is not null)
            json["from"] = from;
        // What the recipe leaves open the folder says; a default written here would take its place on resuming.
        Fill(json, choice.Options, component.Options, withDefaults: !json.ContainsKey("from"));
        return json;
    }

    private static JsonObject Reward(RewardChoice reward, PluginCatalogue catalogue)
    {
        JsonObject json = Component(reward.Component, ComponentKind.Reward, catalogue);
        json[RecipeLayout.Weight.Key] = reward.Weight;
        return json;
    }

    private static void Fill(JsonObject json, IConfiguration section, OptionsSchema schema, bool withDefaults = true)
    {
        foreach (OptionInfo option in schema.Options)
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
                Fill(nested, section, type.Section!);
                return nested;
            default:
                return section.Value;
        }
    }
}
