namespace Tenon.Llama.Tests;

/// <summary>Options that llama.cpp's architectures do not support are refused by name.</summary>
public sealed class LlamaGgufTests
{
    public static TheoryData<LlamaOptions, string> Unsupported => new()
    {
        { new LlamaOptions { Activation = "gelu" },
            "'activation' (hidden_act) is 'gelu', but llama.cpp's architecture 'llama' computes silu or swish only." },
        {
            new LlamaOptions { Variant = LlamaVariant.Mistral, SlidingWindow = 8 },
            "'slidingWindow' (sliding_window) is 8, but llama.cpp's architecture 'llama' has no sliding window. With at most 8 tokens *"
        },
        {
            new LlamaOptions { Variant = LlamaVariant.Qwen3, SlidingWindow = 8, SlidingLayers = [1] },
            "'slidingWindow' (sliding_window) is 8, but llama.cpp's architecture 'qwen3' has no sliding window. *"
        },
        { new LlamaOptions { Variant = LlamaVariant.Qwen2 },
            "'headSize' (head_dim) is 8, but llama.cpp's architecture 'qwen2' needs *, 6." },
        { new LlamaOptions { Variant = LlamaVariant.Qwen3, AttentionBias = true },
            "'attentionBias' (attention_bias) is true, but * 'qwen3' has no biases." },
        {
            new LlamaOptions { RopeScaling = RopeScaling.Dynamic, RopeFactor = 2, RopeOriginalContextLength = 8 },
            "'ropeScaling' (rope_type) is 'dynamic', but llama.cpp's architecture 'llama' supports only the scalings none, linear, " +
            "llama3 and yarn."
        },
        {
            new LlamaOptions
            {
                Variant = LlamaVariant.Qwen3, RopeScaling = RopeScaling.Llama3, RopeFactor = 2, RopeOriginalContextLength = 8,
                RopeLowFrequencyFactor = 1, RopeHighFrequencyFactor = 4,
            },
            "'ropeScaling' (rope_type) is 'llama3', but llama.cpp's architecture 'qwen3' supports only the scalings none, linear and yarn."
        },
        {
            new LlamaOptions { RopeScaling = RopeScaling.Yarn, RopeFactor = 2, RopeOriginalContextLength = 8, RopeBetaFast = 16 },
            "'ropeBetaFast' and 'ropeBetaSlow' (beta_fast, beta_slow) is 16 and 1, but llama.cpp's architecture 'llama' uses 32 and 1."
        },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void An_unsupported_option_is_refused_by_name(LlamaOptions options, string message)
    {
        using LlamaModel model = Models.Tiny(options);

        model.Invoking(each => each.DescribeGguf()).Should().Throw<ModelException>().WithMessage($"GGUF cannot hold this model: {message}");
    }

    [Fact]
    public void A_window_as_long_as_the_context_has_no_effect()
    {
        using LlamaModel model = Models.Tiny(new LlamaOptions { Variant = LlamaVariant.Mistral, SlidingWindow = 16 });

        model.DescribeGguf().Architecture.Should().Be("llama");
    }

    [Fact]
    public void An_untied_head_is_part_of_the_description()
    {
        using LlamaModel model = Models.Tiny(new LlamaOptions { TieEmbeddings = true });
        model.DescribeGguf().Tensors.Should().NotContainKey("lm_head.weight");

        model.Untie();

        model.DescribeGguf().Tensors["lm_head.weight"].Should().Be(new GgufTensor("output.weight"));
    }
}
