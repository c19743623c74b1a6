using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>What the contract asks of a tokenizer, as facts: inherit it once and give the component.</summary>
/// <typeparam name="TOptions">Its options.</typeparam>
public abstract class TokenizerTests<TOptions> : Conformance<TokenizerSubject> where TOptions : class, new()
{
    /// <summary>The component.</summary>
    protected abstract ITokenizerFactory<TOptions> Tokenizer { get; }

    /// <summary>Its options; null: the <see cref="ComponentAttribute.TestSettings"/> of the class.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Where relative paths in the options start; null: the working directory.</summary>
    protected virtual string? Folder => null;

    /// <inheritdoc/>
    protected override TokenizerSubject Subject() => TokenizerSubject.Of(Tokenizer, Options, Folder);

    /// <summary>Decoding ids and encoding the text again gives the same text.</summary>
    [SkippableFact]
    public void Round_trips() => Keeps(TokenizerChecks.RoundTrip);

    /// <summary>Each id is in [0, VocabularySize), and others are refused.</summary>
    [SkippableFact]
    public void Ids_are_in_the_vocabulary() => Keeps(TokenizerChecks.Range);

    /// <summary>Special ids are in the vocabulary; their spelling becomes the id only when asked for; decoding leaves them away.</summary>
    [SkippableFact]
    public void Special_tokens_are_special() => Keeps(TokenizerChecks.Special);

    /// <summary>TokenId(TokenText(id)) is the id.</summary>
    [SkippableFact]
    public void Spelling_and_id_fit() => Keeps(TokenizerChecks.Spelling);

    /// <summary>Pieces of a streaming decoder put together are the decoded text.</summary>
    [SkippableFact]
    public void Streaming_equals_decoding() => Keeps(TokenizerChecks.Streams);

    /// <summary>Two tokenizers from the same options and texts have one fingerprint and give the same ids, from several threads too.</summary>
    [SkippableFact]
    public void Made_again_it_is_the_same() => Keeps(TokenizerChecks.Repeats);

    /// <summary>Saved and opened it has the same size, special ids and ids.</summary>
    [SkippableFact]
    public void Saves_and_opens() => Keeps(TokenizerChecks.Saves);

    /// <summary>VocabularySize of the options is the tokenizer's, or more where it is trained on little text.</summary>
    [SkippableFact]
    public void The_size_is_known_before() => Keeps(TokenizerChecks.Plans);
}
