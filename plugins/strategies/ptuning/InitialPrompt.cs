using System.ComponentModel.DataAnnotations;

namespace Tenon.PTuning;

/// <summary>Initial values of virtual tokens.</summary>
internal static class InitialPrompt
{
    /// <summary>Creates the encoder that the options select, newly initialized.</summary>
    /// <param name="options">Method, sizes and initial values.</param>
    /// <param name="model">Determines sizes and device.</param>
    /// <param name="tokenizer">Needed for initial values from a text; otherwise null.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <returns>On the model's device, in train mode; the caller disposes it.</returns>
    public static VirtualTokenEncoder Encoder(PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer, SeededRandom random)
    {
        PromptShape shape = model.PromptShape;
        // Drop one bit: torch takes a signed seed.
        using torch.Generator seeded = torch.manual_seed((long)(random.NextUInt64() >> 1));
        VirtualTokenEncoder encoder = options.Method switch
        {
            "p-tuning" => new PromptEncoder(options, shape.EmbeddingSize),
            "prompt-tuning" => new PromptEmbedding(options.VirtualTokens, shape.EmbeddingSize),
            "prefix-tuning" =>
                new PrefixEncoder(
                    options.VirtualTokens, shape, options.Projection ? options.EncoderHiddenSize ?? shape.EmbeddingSize : null),
            _ => throw new ModelException($"'method' is '{options.Method}'. Allowed: p-tuning, prompt-tuning, prefix-tuning."),
        };
        if (encoder is PromptEmbedding embedding)
            Initialize(embedding.Table, options, model, tokenizer, random);
        encoder.to(DeviceOf(model));
        return encoder;
    }

    /// <summary>Validates the method and the requested initial values.</summary>
    /// <param name="options">Method and initial values.</param>
    /// <param name="model">The model. It is not changed.</param>
    /// <param name="tokenizer">The run's, or null.</param>
    public static IEnumerable<ValidationResult> Validate(PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer)
    {
        if (options.Method == "prefix-tuning" && model.PromptShape.Layers == 0)
            yield return new ValidationResult(
                "is 'prefix-tuning', but this model has no attention layers to take keys and values. Set it to 'p-tuning'.",
                [nameof(options.Method)]);
        if (options.Method != "prompt-tuning" || options.Initialization == "random")
            yield break;
        if (model.TokenEmbeddings is null)
            yield return new ValidationResult(
                $"is '{options.Initialization}', but the input of this model does not consist of tokens. Set it to 'random'.",
                [nameof(options.Initialization)]);
        else if (options.Initialization == "text" && tokenizer is null)
            yield return new ValidationResult(
                "is 'text', but the run has no tokenizer. Set it to 'vocabulary'.", [nameof(options.Initialization)]);
        else if (options.Initialization == "text"
            && (string.IsNullOrEmpty(options.InitializationText) || tokenizer!.Encode(options.InitializationText).Count == 0))
            yield return new ValidationResult(
                $"is '{options.InitializationText}', which has no tokens. Set another text, or set initialization to 'vocabulary'.",
                [nameof(options.InitializationText)]);
    }

    /// <summary>The device of a model.</summary>
    /// <param name="model">The model.</param>
    public static torch.Device DeviceOf(IModel model) => model.Module.parameters().First().device;

    private static void Initialize(
        Parameter table, PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer, SeededRandom random)
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        if (options.Initialization == "random")
        {
            table.uniform_(-0.5, 0.5);
            return;
        }

        Parameter vocabulary = model.TokenEmbeddings!;
        long[] ids = options.Initialization == "text" ? Text(options, tokenizer) :
            [.. Draw(Math.Min(vocabulary.size(0), tokenizer?.VocabularySize ?? int.MaxValue), options.VirtualTokens, random)];
        table.copy_(vocabulary.index_select(0, torch.tensor(ids, device: vocabulary.device)));
    }

    private static IEnumerable<long> Draw(long vocabularySize, int count, SeededRandom random) =>
        Enumerable.Range(0, count).Select(_ => random.Next(vocabularySize));

    private static long[] Text(PTuningOptions options, ITokenizer? tokenizer)
    {
        IReadOnlyList<int> ids = tokenizer!.Encode(options.InitializationText!);
        return [.. Enumerable.Range(0, options.VirtualTokens).Select(i => (long)ids[i % ids.Count])];
    }
}
