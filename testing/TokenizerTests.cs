using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>The contract of a tokenizer as xUnit facts: inherit this class and pass the component.</summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
public abstract class TokenizerTests<TOptions> : Conformance<TokenizerSubject> where TOptions : class, new()
{
    /// <summary>The component.</summary>
    protected abstract ITokenizerFactory<TOptions> Tokenizer { get; }

    /// <summary>The component's options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Base folder of relative paths in the options; null for the working directory.</summary>
    protected virtual string? Folder => null;

    /// <inheritdoc/>
    protected override TokenizerSubject Subject() => TokenizerSubject.Of(Tokenizer, Options, Folder);

    /// <summary>Decoding, encoding and decoding again gives the same text.</summary>
    [SkippableFact]
    public void Text_round_trips() => Verify(TokenizerChecks.RoundTrip);

    /// <summary>Each id is in [0, VocabularySize); other ids are refused.</summary>
    [SkippableFact]
    public void Ids_are_in_the_vocabulary() => Verify(TokenizerChecks.Range);

    /// <summary>Special ids are in the vocabulary; their text becomes the id only on request, and decoding can omit them.</summary>
    [SkippableFact]
    public void Special_tokens_are_special() => Verify(TokenizerChecks.Special);

    /// <summary>TokenId(TokenText(id)) is the id.</summary>
    [SkippableFact]
    public void Token_text_and_id_match() => Verify(TokenizerChecks.Spelling);

    /// <summary>The concatenated pieces of a streaming decoder equal the decoded text.</summary>
    [SkippableFact]
    public void Streaming_equals_decoding() => Verify(TokenizerChecks.Streams);

    /// <summary>The bytes of a text's tokens, in order, are the UTF-8 of its decoded text.</summary>
    [SkippableFact]
    public void Bytes_of_tokens_are_the_text() => Verify(TokenizerChecks.Bytes);

    /// <summary>
    /// Two tokenizers created from the same options and texts have equal fingerprints and ids, even when used from several threads.
    /// </summary>
    [SkippableFact]
    public void Creation_is_deterministic() => Verify(TokenizerChecks.Repeats);

    /// <summary>After saving and opening, the size, special ids and ids are unchanged.</summary>
    [SkippableFact]
    public void Saves_and_opens() => Verify(TokenizerChecks.Saves);

    /// <summary>The planned VocabularySize equals the tokenizer's, or exceeds it if the tokenizer is trained on little text.</summary>
    [SkippableFact]
    public void The_planned_size_is_correct() => Verify(TokenizerChecks.Plans);
}
