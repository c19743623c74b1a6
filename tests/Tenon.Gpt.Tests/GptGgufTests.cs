namespace Tenon.Gpt.Tests;

/// <summary>Models that llama.cpp's GPT-2 does not compute are refused by name.</summary>
public sealed class GptGgufTests
{
    private static readonly GptOptions _tiny = new() { Layers = 1, HiddenSize = 8, Heads = 2, ContextLength = 8, VocabularySize = 8 };

    public static TheoryData<GptOptions, string> Unsupported => new()
    {
        { _tiny with { Activation = "gelu" },
            "'activation' (activation_function) is 'gelu', but * computes gelu_new, gelu_pytorch_tanh, gelu_fast only." },
        { _tiny with { ScaleAttention = false }, "'scaleAttention' (scale_attn_weights) is false, but *" },
        { _tiny with { ScaleAttentionByInverseLayer = true },
            "'scaleAttentionByInverseLayer' (scale_attn_by_inverse_layer_idx) is true, but *" },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void An_unsupported_option_is_refused_by_name(GptOptions options, string message)
    {
        using GptModel model = Models.Tiny(options);

        model.Invoking(each => each.DescribeGguf()).Should().Throw<ModelException>().WithMessage($"GGUF cannot hold this model: {message}");
    }
}
