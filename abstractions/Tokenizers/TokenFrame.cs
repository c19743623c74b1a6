namespace Tenon;

/// <summary>The tokens that a tokenizer adds around a text, or around and between two texts.</summary>
/// <param name="Before">Ids before the first text (<c>[CLS]</c>, <c>&lt;s&gt;</c>).</param>
/// <param name="Between">Ids between two texts; empty for a single text.</param>
/// <param name="After">Ids after the last text (<c>[SEP]</c>, <c>&lt;/s&gt;</c>).</param>
public sealed record TokenFrame(IReadOnlyList<int> Before, IReadOnlyList<int> Between, IReadOnlyList<int> After)
{
    /// <summary>No tokens.</summary>
    public static TokenFrame None { get; } = new([], [], []);

    /// <summary>
    /// The token type (segment) of the second text and of <see cref="After"/> in a pair: 1 as in BERT, or 0 as in RoBERTa.
    /// All tokens before these have type 0, as do a single text and its frame.
    /// </summary>
    public int SecondType { get; init; } = 1;

    /// <summary>Number of tokens in the frame.</summary>
    public int Count => Before.Count + Between.Count + After.Count;

    /// <summary>
    /// BERT's frame, from a vocabulary's special tokens: <c>[CLS] a [SEP]</c>, <c>[CLS] a [SEP] b [SEP]</c>. Empty if the
    /// vocabulary has no <see cref="SpecialTokens.Classify"/>.
    /// </summary>
    /// <param name="special">The special tokens.</param>
    /// <param name="pair">Whether the frame is for two texts.</param>
    public static TokenFrame Of(SpecialTokens special, bool pair)
    {
        ArgumentNullException.ThrowIfNull(special);
        if (special.Classify is not { } classify)
            return None;
        int[] separator = special.Separator is { } id ? [id] : [];
        return new TokenFrame([classify], pair ? separator : [], separator);
    }

    /// <summary>Adds the frame to a text.</summary>
    /// <param name="ids">The text's ids.</param>
    public int[] Around(IEnumerable<int> ids) => [.. Before, .. ids, .. After];
}
