namespace Tenon.Host.Plugins.Components;

/// <summary>A tokenizer component with its option type hidden.</summary>
internal abstract class TokenizerHandle
{
    /// <summary>Wraps a component.</summary>
    public static TokenizerHandle For(object component) =>
        Handle.Create<TokenizerHandle>(component, typeof(ITokenizerFactory<>), typeof(TokenizerHandle<>));

    /// <summary>How many ids the tokenizer will have, when that is known beforehand.</summary>
    public abstract int? VocabularySize(object options);

    /// <summary>Which special tokens it will have, when <see cref="VocabularySize"/> is known beforehand.</summary>
    public abstract SpecialTokens SpecialTokens(object options);

    /// <summary>Makes the tokenizer.</summary>
    public abstract ITokenizer Create(object options, TokenizerContext context);

    /// <summary>Opens a saved tokenizer.</summary>
    public abstract ITokenizer Open(string folder);
}

/// <inheritdoc/>
internal sealed class TokenizerHandle<TOptions>(ITokenizerFactory<TOptions> factory) : TokenizerHandle
    where TOptions : class, new()
{
    public override int? VocabularySize(object options) => factory.VocabularySize((TOptions)options);

    public override SpecialTokens SpecialTokens(object options) => factory.SpecialTokens((TOptions)options);

    public override ITokenizer Create(object options, TokenizerContext context) => factory.Create((TOptions)options, context);

    public override ITokenizer Open(string folder) => factory.Open(folder);
}
