namespace Tenon.Images.Shipped;

/// <summary>Options of <c>emoji</c>.</summary>
public sealed record EmojiOptions : ImageOptions
{
    /// <summary>
    /// Whether to include skin-tone variants, which make up half of the images. They are held out together with their base
    /// emoji.
    /// </summary>
    public bool SkinTones { get; init; } = true;
}

/// <summary>
/// 3,786 images of Noto Emoji on white at 32×32 pixels, built into the plugin. The class is the emoji's Unicode group, the
/// caption its name ("woman with white cane: medium skin tone").
/// </summary>
[Data("emoji", "3,786 captioned emoji at 32×32 pixels (built in)", Stability = Stability.Preview)]
public sealed class EmojiData : IData<EmojiOptions, ImageExample>
{
    private const int Side = 32;

    // Each cell has a margin of one pixel.
    private const int Step = Side + 2;

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(EmojiOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);

        // x, y, group, caption
        string[][] rows =
            [.. Sheet.Rows("emoji.tsv.gz").Where(row => options.SkinTones || !row[3].EndsWith("skin tone", StringComparison.Ordinal))];
        string[] labels = [.. rows.Select(row => row[2]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        ImageSource source =
            Sheet.Cut("noto-emoji-32.png", Side, rows.Select(row => (int.Parse(row[1]) * Step + 1, int.Parse(row[0]) * Step + 1))) with
            {
                Labels = [.. rows.Select(row => Array.IndexOf(labels, row[2]))],
                Captions = [.. rows.Select(row => row[3])],
                Groups = Sheet.Groups(rows.Select(row => row[3].Split(": ")[0])),
            };
        return ImageDataset.Open(new ImageOrigin("emoji", "Noto Emoji", []), labels, source, null, options, context);
    }
}
