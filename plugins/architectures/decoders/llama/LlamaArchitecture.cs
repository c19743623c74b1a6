using System.Text.RegularExpressions;
using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>
/// Llama, Mistral, Qwen2 and Qwen3: decoder-only transformers with RMS norms, rotary positions, grouped-query attention and a gated
/// feed-forward network. Reads and writes the files of transformers' <c>LlamaForCausalLM</c>, <c>MistralForCausalLM</c>,
/// <c>Qwen2ForCausalLM</c> and <c>Qwen3ForCausalLM</c>.
/// </summary>
[Architecture("llama", "Decoder-only language model: Llama, Mistral, Qwen2, Qwen2.5 and Qwen3",
    ModelTypes = ["llama", "mistral", "qwen2", "qwen3"],
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "keyValueHeads=2", "contextLength=24", "initializerRange=0.2"])]
public sealed partial class LlamaArchitecture : IArchitecture<LlamaOptions, LlamaModel>
{
    /// <summary>transformers' name for the network below the head.</summary>
    internal const string TransformerName = "model";

    /// <summary>transformers' name for the head.</summary>
    internal const string HeadName = "lm_head";

    /// <inheritdoc/>
    public LlamaOptions Resolve(LlamaOptions options, ModelFacts facts) => LlamaSizes.Resolve(options, facts);

    /// <inheritdoc/>
    public LlamaModel Build(LlamaOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(LlamaOptions options) => new(ConfigMap.Write(options, LlamaConfiguration.Map));

    /// <inheritdoc/>
    public LlamaOptions Read(ModelConfiguration configuration)
    {
        LlamaOptions read = ConfigMap.Read(configuration, "config.json", new LlamaOptions(), LlamaConfiguration.Map);
        LlamaSizes.Check(read);
        return read;
    }

    /// <summary>
    /// Also accepts files of models without a head, whose names do not start with <c>model.</c> Rotary frequencies that were saved
    /// as buffers are not weights, and <c>lm_head.weight</c> repeats the token embedding of a tied model.
    /// </summary>
    /// <inheritdoc/>
    public string? WeightName(string name) => TransformerWeightName(name);

    /// <inheritdoc/>
    public bool IsHead(string name) => IsOfHead(name);

    /// <summary>Returns the name in the state dictionary of a tensor from a file, or null if the tensor is not a weight.</summary>
    /// <param name="name">Name in the file.</param>
    internal static string? TransformerWeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == $"{HeadName}.weight" || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))
            return null;
        return BareName().IsMatch(name) ? $"{TransformerName}.{name}" : name;
    }

    /// <summary>Returns whether a tensor belongs to a head rather than to the transformer, as in files with a value head.</summary>
    /// <param name="name">Name in the state dictionary.</param>
    internal static bool IsOfHead(string name) => !name.StartsWith($"{TransformerName}.", StringComparison.Ordinal);

    [GeneratedRegex(@"^(embed_tokens|layers|norm)\.")]
    private static partial Regex BareName();
}
