using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.PTuning;

/// <summary>
/// Virtual tokens from a file: the tokens themselves, which is all that PEFT saves of a trained prompt, or the state of the
/// encoder that computes them (PEFT's <c>PromptEncoder</c>, <c>PromptEmbedding</c> and <c>PrefixEncoder</c>).
/// </summary>
internal static class SavedEncoder
{
    private const string Table = "embedding.weight";
    private const string HiddenSize = "encoder_hidden_size";
    private const string Layers = "encoder_num_layers";

    /// <summary>The encoder with the file's values.</summary>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    /// <param name="weights">The file's tensors. Not disposed.</param>
    /// <param name="model">Determines sizes.</param>
    /// <returns>On the CPU; the caller disposes it.</returns>
    /// <exception cref="ModelException">Tensors are missing or have the wrong shape.</exception>
    public static VirtualTokenEncoder Open(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, IPromptTunable model)
    {
        bool whole = !weights.ContainsKey(PromptAdapter.Tokens) && weights.ContainsKey(Table);
        string name = whole ? Table : PromptAdapter.Tokens;
        if (!weights.TryGetValue(name, out Tensor? tokens) || tokens.ndim != 2)
            throw new ModelException($"The adapter has no '{name}' [virtual tokens, size]. It has: {string.Join(", ", weights.Keys)}.");
        VirtualTokenEncoder encoder = Make(configuration, weights, (int)tokens.size(0), model.PromptShape, whole);
        try
        {
            foreach ((string parameter, Parameter filled) in encoder.named_parameters())
            {
                string saved = whole ? parameter : PromptAdapter.Tokens;
                PeftAdapter.Fill(saved, filled, weights.TryGetValue(saved, out Tensor? tensor)
                    ? tensor : throw new ModelException($"The encoder has no '{saved}'. It has: {string.Join(", ", weights.Keys)}."));
            }

            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>The file's tensors that belong to the encoder, not to the model.</summary>
    /// <param name="weights">The file's tensors.</param>
    /// <param name="encoder">The encoder opened from them.</param>
    public static Func<string, bool> Owns(IReadOnlyDictionary<string, Tensor> weights, VirtualTokenEncoder encoder)
    {
        HashSet<string> own = weights.ContainsKey(PromptAdapter.Tokens)
            ? [PromptAdapter.Tokens] : [.. encoder.named_parameters().Select(entry => entry.name)];
        return own.Contains;
    }

    private static VirtualTokenEncoder Make(
        JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, int virtualTokens, PromptShape shape, bool whole)
    {
        string? type = configuration["peft_type"]?.GetValue<string>();
        if (type == PTuning.PrefixTuningType)
        {
            bool hasProjection = whole && configuration["prefix_projection"]?.GetValue<bool>() == true;
            return new PrefixEncoder(virtualTokens, shape, hasProjection ? HiddenSizeOf(configuration, weights, shape) : null);
        }

        if (!whole || type != PTuning.PTuningType)
            return new PromptEmbedding(virtualTokens, shape.EmbeddingSize);
        return new PromptEncoder(new PTuningOptions
        {
            VirtualTokens = virtualTokens,
            Encoder = configuration["encoder_reparameterization_type"]?.GetValue<string>() == "LSTM" ? "lstm" : "mlp",
            EncoderHiddenSize = HiddenSizeOf(configuration, weights, shape),
            EncoderLayers = LayersOf(configuration, weights),
            EncoderDropout = configuration["encoder_dropout"]?.GetValue<double>() ?? 0,
        }, shape.EmbeddingSize);
    }

    // A size that the tensors contradict is refused before memory is allocated for it.
    private static int HiddenSizeOf(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, PromptShape shape)
    {
        int hidden = configuration[HiddenSize]?.GetValue<int>() ?? (int)shape.EmbeddingSize;
        return weights.Values.Any(tensor => tensor.shape.Contains(hidden)) ? hidden : throw new ModelException(
            $"adapter_config.json: '{HiddenSize}' is {hidden}, but no tensor of the adapter has that size.");
    }

    private static int LayersOf(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights)
    {
        int layers = configuration[Layers]?.GetValue<int>() ?? 2;
        return layers <= weights.Count ? layers : throw new ModelException(
            $"adapter_config.json: '{Layers}' is {layers}, but the adapter has only {weights.Count} tensors.");
    }
}
