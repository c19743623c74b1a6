namespace Tenon.Benchmarks;

/// <summary>Sizes of the GPT that is measured.</summary>
/// <param name="Layers">Blocks.</param>
/// <param name="HiddenSize">Size of the hidden state.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="ContextLength">Tokens in a sequence.</param>
/// <param name="BatchSize">Sequences in a step.</param>
/// <param name="VocabularySize">Token ids.</param>
internal sealed record Shape(int Layers, int HiddenSize, int Heads, int ContextLength, int BatchSize, int VocabularySize)
{
    /// <summary>Tokens in a step.</summary>
    public int TokensPerStep => BatchSize * ContextLength;
}
