namespace Tenon.Export.Tests;

/// <summary>Model sections of recipes, one for each variant that differs in a GGUF file.</summary>
internal static class Shapes
{
    private const string Sizes = """ "layers": 2, "hiddenSize": 64, "heads": 4, "contextLength": 128 """;
    private const string Llama = $$""" "use": "llama", {{Sizes}}, "keyValueHeads": 2, "feedForwardSize": 128 """;

    private static readonly Dictionary<string, string> _all = new()
    {
        ["gpt"] = $$"""{ "use": "gpt", {{Sizes}} }""",
        ["gpt-untied"] = $$"""{ "use": "gpt", {{Sizes}}, "tieEmbeddings": false, "feedForwardSize": 96 }""",
        ["llama"] = $$"""{ {{Llama}}, "tieEmbeddings": false }""",
        ["llama-biases"] = $$"""{ {{Llama}}, "headSize": 24, "attentionBias": true, "feedForwardBias": true }""",
        ["llama-linear"] = $$"""{ {{Llama}}, "ropeScaling": "linear", "ropeFactor": 4 }""",
        ["llama-llama3"] = $$"""
            { {{Llama}}, "ropeScaling": "llama3", "ropeFactor": 8, "ropeOriginalContextLength": 32, "ropeLowFrequencyFactor": 1, "ropeHighFrequencyFactor": 4 }
            """,
        ["llama-yarn"] = $$"""{ {{Llama}}, "ropeScaling": "yarn", "ropeFactor": 4, "ropeOriginalContextLength": 32 }""",
        ["llama-yarn-attention"] = $$"""
            { {{Llama}}, "ropeScaling": "yarn", "ropeFactor": 4, "ropeOriginalContextLength": 32, "ropeAttentionFactor": 1.5 }
            """,
        ["mistral"] = $$"""{ {{Llama}}, "variant": "mistral", "ropeTheta": 1000000 }""",
        ["qwen2"] = $$"""{ {{Llama}}, "variant": "qwen2", "tieEmbeddings": true }""",
        ["qwen3"] = $$"""{ {{Llama}}, "variant": "qwen3", "headSize": 24, "tieEmbeddings": false, "rmsNormEpsilon": 1e-5 }""",
    };

    public static TheoryData<string> Names => [.. _all.Keys];

    public static string Of(string name) => _all[name];
}
