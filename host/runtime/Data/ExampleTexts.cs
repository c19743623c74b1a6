namespace Tenon.Host.Data;

/// <summary>The texts in examples, to train a tokenizer on.</summary>
internal static class ExampleTexts
{
    /// <summary>Every text of an example, in its order; none when the example has no text.</summary>
    public static IEnumerable<string> Of(Example example) => example switch
    {
        TextExample text => [text.Text],
        LabelledTextExample text => [text.Text],
        TokenLabelledExample sentence => [string.Join(' ', sentence.Words)],
        TextPairExample pair => [pair.First, pair.Second],
        PromptExample prompt => [prompt.Prompt, prompt.Response],
        ChatExample chat => [string.Concat(chat.Pieces.Select(piece => piece.Text))],
        PreferenceExample preference => [preference.Prompt, preference.Chosen, preference.Rejected],
        ImageExample { Caption: { } caption } => [caption],
        _ => [],
    };

    /// <summary>The texts of all examples, read lazily; each enumeration starts afresh.</summary>
    public static IEnumerable<string> Of(IExamples<Example> examples)
    {
        for (long i = 0; i < examples.Count; i++)
        {
            foreach (string text in Of(examples[i]))
                yield return text;
        }
    }
}
