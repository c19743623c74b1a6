using Tenon.Layers;

namespace Tenon.Bert;

/// <summary>Resolved options: everything that may come from the tokenizer, the data or the preset.</summary>
internal sealed record BertSizes : TransformerShape
{
    private BertSizes(TransformerShape shape) : base(shape) { }

    /// <summary>One of <see cref="BertHeads"/>.</summary>
    public required string Head { get; init; }

    /// <summary>Maximum number of tokens in a sequence, including special and virtual tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Names of the classes; empty for heads without classes.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <param name="options">From <see cref="BertArchitecture.Resolve"/> or <see cref="BertArchitecture.Read"/>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static BertSizes Of(BertOptions options)
    {
        string head = ResolvedOptions.Value(options.Head);
        return new(Resolved(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize))
        {
            Head = head,
            ContextLength = ResolvedOptions.Value(options.ContextLength),
            VocabularySize = ResolvedOptions.Value(options.VocabularySize),
            Labels = BertHeads.HasClasses(head) ? ResolvedOptions.Value(options.Labels) : [],
        };
    }
}
