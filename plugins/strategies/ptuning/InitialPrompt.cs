using System.ComponentModel.DataAnnotations;

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
    public static VirtualTokenEncoder Encoder(PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer, SeededRandom random)
    {
        PromptShape shape = model.PromptShape;
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

    /// <summary>What speaks against the method, or the initial values that are asked for.</summary>
    /// <param name="options">Method and initial values.</param>
    /// <param name="model">The model. It is left as it is.</param>
    /// <param name="tokenizer">The run's, or null.</param>
    public static IEnumerable<ValidationResult> Objections(PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer)
    {
        if (options.Method == "prefix-tuning" && model.PromptShape.Layers == 0)
            yield return new ValidationResult("is 'prefix-tuning', but nothing in this model attends, so that there is no place for keys and values. Set it to 'p-tuning'.", [nameof(options.Method)]);
        if (options.Method != "prompt-tuning" || options.Initialization == "random")
            yield break;
        if (model.TokenEmbeddings is null)
            yield return new ValidationResult($"is '{options.Initialization}', but the input of this model is no tokens. Set it to 'random'.", [nameof(options.Initialization)]);
        else if (options.Initialization == "text" && tokenizer is null)
            yield return new ValidationResult("is 'text', but the run has no tokenizer. Set it to 'vocabulary'.", [nameof(options.Initialization)]);
        else if (options.Initialization == "text" && (string.IsNullOrEmpty(options.InitializationText) || tokenizer!.Encode(options.InitializationText).Count == 0))
            yield return new ValidationResult($"is '{options.InitializationText}', which has no tokens. Set another text, or initialization to 'vocabulary'.", [nameof(options.InitializationText)]);
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

        Parameter vocabulary = model.TokenEmbeddings!;
        long[] ids = options.Initialization == "text" ? Text(options, tokenizer) : [.. Draw(vocabulary.size(0), options.VirtualTokens, random)];
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
