namespace Tenon;

/// <summary>Reasons for which a row of a <see cref="GenerationBatch"/> ends.</summary>
public static class GenerationEnding
{
    /// <summary>An id that ends a text was drawn, or the text is complete in its <see cref="SamplingOptions.Format"/>.</summary>
    public const string EndOfText = "end of text";

    /// <summary><see cref="SamplingOptions.MaxNewTokens"/> was reached.</summary>
    public const string Length = "length";

    /// <summary>The model's context length was reached.</summary>
    public const string Context = "context";

    /// <summary>A stop text was found (<see cref="SamplingOptions.Stop"/>).</summary>
    public const string Stop = "stop";
}
