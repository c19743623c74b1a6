namespace Tenon.AttentionCost;

/// <summary>How an image becomes tokens, and which tokens attend to each other.</summary>
/// <param name="Name">Its name in tables and pictures.</param>
/// <param name="PatchSize">Height and width of a token in pixels.</param>
/// <param name="Window">Height and width of a window in tokens, within which attention stays; null for attention between all.</param>
internal sealed record Tokens(string Name, int PatchSize, int? Window)
{
    /// <summary>The published ways: every pixel, the patches of ViT-B/16, and the patches and windows of Swin's first stage.</summary>
    public static IReadOnlyList<Tokens> All { get; } =
    [
        new("pixels", 1, null),
        new("ViT's patches of 16", 16, null),
        new("Swin's patches of 4 in windows of 7", 4, 7),
    ];

    /// <summary>The tokens of a square image.</summary>
    /// <param name="imageSize">Its height and width in pixels.</param>
    public TokenGrid Of(int imageSize)
    {
        int side = (imageSize + PatchSize - 1) / PatchSize;
        int window = Math.Min(Window ?? side, side);
        int windows = (side + window - 1) / window;
        return new TokenGrid(side, window, windows * windows);
    }
}

/// <summary>The tokens of an image.</summary>
/// <param name="Side">Tokens from left to right.</param>
/// <param name="Window">Height and width of a window in tokens.</param>
/// <param name="Windows">Number of windows. The grid is padded to a multiple of the window.</param>
internal sealed record TokenGrid(int Side, int Window, int Windows)
{
    /// <summary>BERT's longest text: a sequence of 512 tokens in one window.</summary>
    public const int BertTokens = 512;

    /// <summary>Tokens that attend to each other, T.</summary>
    public long Length => (long)Window * Window;

    /// <summary>Tokens without padding.</summary>
    public long Count => (long)Side * Side;

    /// <summary>Pairs of tokens of which one attends to the other.</summary>
    public double Pairs => (double)Windows * Length * Length;
}
