using System.Text.Json.Nodes;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>Sizes with which a model is built and trained in a moment, by the names that options have in any architecture.</summary>
internal static class TinySizes
{
    private static readonly JsonObject Values = new()
    {
        ["layers"] = 1,
        ["hiddenSize"] = 16,
        ["heads"] = 2,
        ["keyValueHeads"] = 1,
        ["contextLength"] = 24,
        ["patchSize"] = 4,
        ["embeddingSize"] = 8,
        ["hiddenSizes"] = new JsonArray(8, 16),
        ["depths"] = new JsonArray(1, 2),
        ["numHeads"] = new JsonArray(2, 4),
        ["decoderLayers"] = 1,
        ["decoderHiddenSize"] = 16,
        ["decoderHeads"] = 2,
        ["blockOutChannels"] = new JsonArray(8, 16),
        ["downBlockTypes"] = new JsonArray("downBlock2D", "attnDownBlock2D"),
        ["upBlockTypes"] = new JsonArray("attnUpBlock2D", "upBlock2D"),
        ["normNumGroups"] = 4,
        ["trainTimesteps"] = 20,
    };

    /// <summary>A recipe's section for a tiny model: each of the sizes that the architecture has an option for.</summary>
    /// <param name="architecture">The architecture.</param>
    public static JsonObject Section(ComponentInfo architecture)
    {
        var section = new JsonObject { ["use"] = architecture.Name };
        foreach ((string key, JsonNode? value) in Values.Where(entry => architecture.Options.Find(entry.Key) is not null))
            section[key] = value!.DeepClone();
        return section;
    }
}
