namespace Tenon.PTuning;

/// <summary>Virtual tokens before the first step.</summary>
internal static class InitialPrompt
{
    /// <summary>The encoder that the options ask for, freshly initialised.</summary>
    /// <param name="options">Method, sizes and initial values.</param>
    /// <param name="model">Decides sizes and device.</param>
    /// <param name="tokenizer">For initial values from a text; or null.</param>
    /// <param name="random">The only source of chance.</param>
    /// <returns>On the model's device, in train mode; the caller disposes it.</returns>
    /// <exception cref="ModelException">The model has no attention for a prefix, or the initial values that are asked for cannot be had.</exception>
    public static VirtualTokenEncoder Encoder(PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer, SeededRandom random)
    {
        PromptShape shape = model.PromptShape;
        if (options.Method == "prefix-tuning" && shape.Layers == 0)
            throw new ModelException("'method' is 'prefix-tuning', but nothing in this model attends, so that there is no place for keys and values. Set it to 'p-tuning'.");
        // One bit less: torch takes a signed seed.
        using torch.Generator seeded = torch.manual_seed((long)(random.NextUInt64() >> 1));
        VirtualTokenEncoder encoder = options.Method switch
        {
            "p-tuning" => new PromptEncoder(options, shape.EmbeddingSize),
            "prompt-tuning" => new PromptEmbedding(options.VirtualTokens, shape.EmbeddingSize),
            "prefix-tuning" => new PrefixEncoder(options.VirtualTokens, shape, options.Projection ? options.EncoderHiddenSize ?? shape.EmbeddingSize : null),
            _ => throw new ModelException($"'method' is '{options.Method}'. Allowed: p-tuning, prompt-tuning, prefix-tuning."),
        };
        if (encoder is PromptEmbedding embedding)
            Initialize(embedding.Table, options, model, tokenizer, random);
        encoder.to(DeviceOf(model));
        return encoder;
    }

    /// <summary>Where a model is.</summary>
    /// <param name="model">The model.</param>
    public static torch.Device DeviceOf(IModel model) => model.Module.parameters().First().device;

    private static void Initialize(Parameter table, PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer, SeededRandom random)
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        if (options.Initialization == "random")
        {
            table.uniform_(-0.5, 0.5);
            return;
        }

        Parameter vocabulary = model.TokenEmbeddings ?? throw new ModelException(
            $"'initialization' is '{options.Initialization}', but the input of this model is no tokens. Set it to 'random'.");
        long[] ids = options.Initialization == "text" ? Text(options, tokenizer) : [.. Draw(vocabulary.size(0), options.VirtualTokens, random)];
        table.copy_(vocabulary.index_select(0, torch.tensor(ids, device: vocabulary.device)));
    }

    private static IEnumerable<long> Draw(long vocabularySize, int count, SeededRandom random) =>
        Enumerable.Range(0, count).Select(_ => random.Next(vocabularySize));

    private static long[] Text(PTuningOptions options, ITokenizer? tokenizer)
    {
        if (string.IsNullOrEmpty(options.InitializationText) || tokenizer is null)
        {
            throw new ModelException(
                $"'initialization' is 'text', but {(tokenizer is null ? "the run has no tokenizer" : "'initializationText' is empty")}. " +
                "Set initializationText in a run with a tokenizer, or initialization to 'vocabulary'.");
        }

        IReadOnlyList<int> ids = tokenizer.Encode(options.InitializationText);
        if (ids.Count == 0)
            throw new ModelException($"'initializationText' is '{options.InitializationText}', which has no tokens. Set another text.");
        return [.. Enumerable.Range(0, options.VirtualTokens).Select(i => (long)ids[i % ids.Count])];
    }
}
