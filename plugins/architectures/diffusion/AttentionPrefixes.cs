namespace Tenon.Diffusion;

/// <summary>The keys and values of a prompt, handed to the attention blocks in the order of one forward pass.</summary>
/// <param name="prompt">The prompt, or null.</param>
internal sealed class AttentionPrefixes(Prompt? prompt)
{
    private int _next;

    /// <summary>The prefix of the next block: of the prompt's heads the first ones, and of each the first channels.</summary>
    /// <param name="heads">The block's heads.</param>
    /// <param name="headSize">Channels of each.</param>
    /// <returns>[2, heads, P, head size], a view in the current dispose scope; null when there is none.</returns>
    public Tensor? Next(int heads, int headSize) =>
        VirtualTokens.Prefix(prompt, _next++)?.narrow(1, 0, heads).narrow(3, 0, headSize); // [2, H, P, D] -> [2, heads, P, head size]
}
