namespace Tenon.Host.Data;

/// <summary>The texts in examples, for training a tokenizer.</summary>
internal static class ExampleTexts
{
    /// <summary>Returns the texts of all examples, read lazily; each enumeration starts at the beginning.</summary>
    /// <param name="examples">The examples, of any type.</param>
    public static IEnumerable<string> Of(IExamples<Example> examples) => examples.All().SelectMany(example => example.Texts);
}
