using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Recipes;

/// <summary>Writes the JSON Schema of recipes, for editors: draft 2020-12, created from the catalogue's metadata.</summary>
public static class RecipeSchema
{
    /// <summary>Returns the schema of recipes that use the components of a catalogue.</summary>
    /// <param name="catalogue">The available components.</param>
    public static JsonObject Write(PluginCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        var properties = new JsonObject { ["$schema"] = new JsonObject { ["type"] = "string" } };
        foreach (OptionInfo option in RecipeLayout.Schema.Options)
        {
            properties[option.Key] = RecipeLayout.KindOf(option.Key) is { } kind
                ? Component(option, kind, [.. catalogue.OfKind(kind)])
                : Option(option);
        }

        // The sections of a pipeline and its stages override others and may be incomplete.
        properties[PipelineLayout.Stages] = Stages();
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "A Tenon recipe",
            ["description"] = RecipeLayout.Schema.Summary,
            ["type"] = "object",
            ["properties"] = properties,
            ["if"] = new JsonObject { ["not"] = new JsonObject { ["required"] = new JsonArray(PipelineLayout.Stages) } },
            ["then"] = new JsonObject
            {
                ["required"] = Required(RecipeLayout.Schema),
                ["properties"] = new JsonObject(RecipeLayout.Schema.Options.Where(option => RecipeLayout.KindOf(option.Key) is not null)
                    .Select(option => KeyValuePair.Create(option.Key, (JsonNode?)new JsonObject { ["required"] = new JsonArray("use") }))),
            },
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject Stages()
    {
        var stage = new JsonObject
        {
            [PipelineLayout.StageName.Key] = Option(PipelineLayout.StageName),
            [PipelineLayout.StageRecipe.Key] = Option(PipelineLayout.StageRecipe),
        };
        foreach (string key in PipelineLayout.Shared)
            stage[key] = new JsonObject { ["$ref"] = $"#/properties/{key}" };
        JsonObject stages = Typed("array", "items", new JsonObject
        {
            ["type"] = "object",
            ["properties"] = stage,
            ["required"] = new JsonArray(PipelineLayout.StageName.Key),
            ["additionalProperties"] = false,
        });
        stages["description"] = "Recipes that run sequentially. The other sections apply to every stage; stage:NAME as the value of an " +
            "option refers to the folder of an earlier stage.";
        stages["minItems"] = 1;
        return stages;
    }

    /// <summary>Returns the schema of one component's options or of one section.</summary>
    /// <param name="schema">The schema from metadata.</param>
    public static JsonObject Describe(OptionsSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return Section(schema);
    }

    private static JsonObject Component(OptionInfo option, ComponentKind kind, IReadOnlyList<ComponentInfo> components)
    {
        var use = new JsonObject
        {
            ["description"] = $"Name of the {kind}; optionally followed by @ and a NuGet version range of its plugin.",
            ["anyOf"] = new JsonArray(
                [.. components.Select(c => new JsonObject { ["const"] = c.Name, ["description"] = Described(c) }),
                 new JsonObject { ["type"] = "string", ["pattern"] = $"^({string.Join('|', components.Select(c => c.Name))})@.+$" }]),
        };
        var component = new JsonObject
        {
            ["description"] = option.Summary,
            ["type"] = option.IsRequired ? "object" : new JsonArray("object", "null"),
            ["properties"] = new JsonObject { ["use"] = use },
            ["allOf"] = new JsonArray([.. components.Select(c => Options(c, kind))]),
        };
        if (!kind.TakesSeveral)
            return component;
        var item = (JsonObject)component.DeepClone();
        item["required"] = new JsonArray("use");
        return new JsonObject { ["anyOf"] = new JsonArray(component, Typed("array", "items", item)) };
    }

    private static JsonObject Options(ComponentInfo component, ComponentKind kind)
    {
        JsonObject options = Section(component.Options);
        var properties = (JsonObject)options["properties"]!;
        properties["use"] = true;
        foreach (OptionInfo option in kind.HostOptions)
            properties[option.Key] = Option(option);
        return new JsonObject
        {
            ["if"] = new JsonObject
            {
                ["properties"] = new JsonObject { ["use"] = new JsonObject { ["pattern"] = $"^{component.Name}(@.*)?$" } },
                ["required"] = new JsonArray("use"),
            },
            ["then"] = options,
        };
    }

    private static JsonObject Section(OptionsSchema schema)
    {
        var section = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(schema.Options.Select(o => KeyValuePair.Create(o.Key, (JsonNode?)Option(o)))),
            ["additionalProperties"] = false,
        };
        if (Required(schema) is { Count: > 0 } required)
            section["required"] = required;
        return section;
    }

    private static JsonArray Required(OptionsSchema schema) =>
        new([.. schema.Options.Where(o => o is { IsRequired: true, HasDefault: false }).Select(o => (JsonNode)o.Key)]);

    private static JsonObject Option(OptionInfo option)
    {
        JsonObject json = Type(option.Type);
        if (option.Summary.Length > 0)
            json["description"] = option.Summary;
        if (option.HasDefault)
            json["default"] = option.Default?.DeepClone();
        JsonObject number = option.Type.Kind == OptionKind.Array ? (JsonObject)json["items"]! : json;
        if (option.Minimum is { } least)
            number[option.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = least;
        if (option.Maximum is { } most)
            number[option.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = most;
        if (option.AllowedValues is { } allowed && option.Type.Kind == OptionKind.Text)
            json["enum"] = new JsonArray([.. allowed, .. option.Type.IsNullable ? [null] : Array.Empty<JsonNode?>()]);
        if (option.Pattern is { } pattern)
            json["pattern"] = $"^(?:{pattern})$";
        bool isText = option.Type.Kind == OptionKind.Text;
        if (option.MinLength is { } shortest)
            json[isText ? "minLength" : "minItems"] = shortest;
        if (option.MaxLength is { } longest)
            json[isText ? "maxLength" : "maxItems"] = longest;
        return json;
    }

    private static JsonObject Type(OptionType type)
    {
        JsonObject json = type.Kind switch
        {
            OptionKind.Boolean => Typed("boolean"),
            OptionKind.WholeNumber => Typed("integer"),
            OptionKind.Number => Typed("number"),
            OptionKind.Text => Typed("string"),
            OptionKind.Enum => new JsonObject
            {
                ["oneOf"] = new JsonArray([.. type.Members.Select(m =>
                    new JsonObject { ["const"] = m.Name, ["description"] = m.Summary })]),
            },
            OptionKind.Array => Typed("array", "items", Type(type.Element!)),
            OptionKind.Dictionary => Typed("object", "additionalProperties", Type(type.Element!)),
            OptionKind.Section => Section(type.Section!),
            _ => new JsonObject { ["not"] = new JsonObject() },
        };
        if (type.IsNullable && json["type"] is { } name)
            json["type"] = new JsonArray(name.DeepClone(), "null");
        else if (type is { IsNullable: true, Kind: OptionKind.Enum })
            ((JsonArray)json["oneOf"]!).Add(new JsonObject { ["type"] = "null" });
        return json;
    }

    private static JsonObject Typed(string type) => new() { ["type"] = type };

    private static JsonObject Typed(string type, string content, JsonObject of) => new() { ["type"] = type, [content] = of };

    private static string Described(ComponentInfo component) =>
        component.Stability == Stability.Stable
            ? component.Summary : $"{component.Summary} ({component.Stability.ToString().ToLowerInvariant()})";
}
