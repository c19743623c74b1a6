using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>Describes a model as llama.cpp's architecture <c>gpt2</c>.</summary>
internal static class GptGguf
{
    // llama.cpp computes the tanh approximation of GELU, which has these names.
    private static readonly string[] _activations = ["gelu_new", "gelu_pytorch_tanh", "gelu_fast"];

    private static readonly GgufNames _names = new(
        "transformer.h.",
        new Dictionary<string, string>
        {
            ["transformer.wte"] = "token_embd",
            ["transformer.wpe"] = "position_embd",
            ["transformer.ln_f"] = "output_norm",
            [GptArchitecture.HeadName] = "output",
        },
        new Dictionary<string, string>
        {
            ["ln_1"] = "attn_norm",
            ["attn.c_attn"] = "attn_qkv",
            ["attn.c_proj"] = "attn_output",
            ["ln_2"] = "ffn_norm",
            ["mlp.c_fc"] = "ffn_up",
            ["mlp.c_proj"] = "ffn_down",
        });

    /// <exception cref="ModelException">llama.cpp's GPT-2 does not support an option.</exception>
    public static GgufLayout Describe(GptOptions options, torch.nn.Module module)
    {
        if (!_activations.Contains(options.Activation, StringComparer.Ordinal))
            throw Lacks("activation", "activation_function", $"'{options.Activation}'", $"computes {string.Join(", ", _activations)} only");
        if (!options.ScaleAttention)
            throw Lacks("scaleAttention", "scale_attn_weights", "false", "always divides attention scores by the root of the head size");
        if (options.ScaleAttentionByInverseLayer)
            throw Lacks("scaleAttentionByInverseLayer", "scale_attn_by_inverse_layer_idx", "true", "does not divide them by the layer");
        DecoderConfiguration sizes = GptConfiguration.Decoder(options);
        Dictionary<string, GgufTensor> tensors = _names.Map(module);
        tensors["transformer.wpe.weight"] = tensors["transformer.wpe.weight"] with { IsFloat32 = true };
        return new GgufLayout("gpt2")
        {
            Counts = new Dictionary<string, int>
            {
                ["context_length"] = sizes.ContextLength,
                ["embedding_length"] = sizes.Shape.HiddenSize,
                ["block_count"] = sizes.Shape.Layers,
                ["feed_forward_length"] = sizes.Shape.FeedForwardSize,
                ["attention.head_count"] = sizes.Shape.Heads,
            },
            Numbers = new Dictionary<string, double> { ["attention.layer_norm_epsilon"] = options.LayerNormEpsilon },
            Tensors = tensors,
            BeginOfText = options.BeginOfText,
        };
    }

    private static ModelException Lacks(string option, string key, string value, string instead) =>
        new($"GGUF cannot hold this model: '{option}' ({key}) is {value}, but llama.cpp's GPT-2 {instead}.");
}
