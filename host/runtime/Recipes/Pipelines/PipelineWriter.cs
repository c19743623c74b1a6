using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes.Pipelines;

/// <summary>Writes a fully resolved pipeline: each stage is complete and refers to earlier stages by name.</summary>
public static class PipelineWriter
{
    /// <summary>Returns the pipeline as JSON, independent of the location of its folder.</summary>
    /// <param name="pipeline">A pipeline.</param>
    /// <param name="folder">The pipeline's folder.</param>
    /// <param name="catalogue">The catalogue that the pipeline was read with.</param>
    public static JsonObject Resolve(Pipeline pipeline, string folder, PluginCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        Dictionary<string, string> names = pipeline.Stages.ToDictionary(
            stage => Path.Combine(folder, stage.Name), stage => StageReferences.To(stage.Name), StringComparer.Ordinal);
        return new JsonObject
        {
            ["name"] = pipeline.Name,
            ["output"] = pipeline.Output,
            [PipelineLayout.Stages] = new JsonArray([.. pipeline.Stages.Select(stage =>
            {
                JsonObject recipe = RecipeWriter.Resolve(stage.In(folder), catalogue);
                recipe.Remove("output");
                return Named(recipe, names);
            })]),
        };
    }

    private static JsonNode? Named(JsonNode? node, IReadOnlyDictionary<string, string> names) => node switch
    {
        JsonObject section => new JsonObject(section.Select(pair => KeyValuePair.Create(pair.Key, Named(pair.Value, names)))),
        JsonArray list => new JsonArray([.. list.Select(item => Named(item, names))]),
        JsonValue value when value.TryGetValue(out string? path) && names.TryGetValue(path, out string? name) => name,
        _ => node?.DeepClone(),
    };
}
