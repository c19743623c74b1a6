namespace Tenon.Layers;

/// <summary>How the sizes of a transformer follow from those that are given.</summary>
public static class TransformerSizes
{
    // Of Vaswani et al. (2017) and of every published GPT-2, BERT and ViT up to 1,024 hidden units.
    private const int HeadSize = 64;

    /// <summary>Number of attention heads: what is asked for, the preset's, or with a hidden size of one's own one for each 64 of it.</summary>
    /// <param name="asked">The option; null: not set.</param>
    /// <param name="hidden">Size of the hidden state.</param>
    /// <param name="presetHidden">The preset's size of the hidden state.</param>
    /// <param name="presetHeads">The preset's heads.</param>
    /// <returns>A divisor of <paramref name="hidden"/>.</returns>
    /// <exception cref="ModelException">The heads do not divide the hidden size.</exception>
    public static int Heads(int? asked, int hidden, int presetHidden, int presetHeads)
    {
        int heads = asked ?? (hidden == presetHidden ? presetHeads : Math.Max(1, hidden / HeadSize));
        return hidden % heads == 0
            ? heads
            : throw new ModelException(
                $"'hiddenSize' is {hidden}, which {heads} heads do not divide. Set 'heads' to a divisor of it, or 'hiddenSize' to a multiple of {heads}.");
    }
}
