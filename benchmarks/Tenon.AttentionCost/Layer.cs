namespace Tenon.AttentionCost;

/// <summary>The attention layer that is compared: the same for all tokens, so that only their number and windows matter.</summary>
/// <param name="Hidden">Size of the hidden state, C.</param>
/// <param name="Heads">Attention heads, H.</param>
internal sealed record Layer(int Hidden, int Heads)
{
    /// <summary>Swin-T's first stage.</summary>
    public static Layer Default { get; } = new(96, 3);
}
