using Tenon.Testing;

namespace Tenon.Tokenizers.Tests;

/// <summary>What the contract asks of every tokenizer.</summary>
public sealed class BytePairConformanceTests : TokenizerTests<BytePairOptions>
{
    protected override ITokenizerFactory<BytePairOptions> Tokenizer => new BytePairTokenizer();
}

/// <inheritdoc cref="BytePairConformanceTests"/>
public sealed class BytesConformanceTests : TokenizerTests<BytesOptions>
{
    protected override ITokenizerFactory<BytesOptions> Tokenizer => new BytesTokenizer();
}

/// <inheritdoc cref="BytePairConformanceTests"/>
public sealed class Gpt2ConformanceTests : TokenizerTests<Gpt2Options>
{
    protected override ITokenizerFactory<Gpt2Options> Tokenizer => new Gpt2Tokenizer();
}
