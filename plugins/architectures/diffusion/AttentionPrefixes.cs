namespace Tenon.Diffusion;

/// <summary>The keys and values of a prompt, in the order in which the attention blocks of one forward pass read them.</summary>
/// <param name="prompt">The prompt, or null.</param>
internal sealed class AttentionPrefixes(Prompt? prompt)
{
    private int _next;

    /// <summary>The prefix of the next block: the first heads of the prompt, and the first channels of each.</summary>
    /// <param name="heads">The block's heads.</param>
    /// <param name="headSize">Channels of each.</param>
    /// <returns>[2, heads, P, head size], a view in the current dispose scope; null if the prompt has none.</returns>
    public Tensor? Next(int heads, int headSize) =>
        VirtualTokens.Prefix(prompt, _next++)?.narrow(1, 0, heads).narrow(3, 0, headSize); // [2, H, P, D] -> [2, heads, P, head size]
}
