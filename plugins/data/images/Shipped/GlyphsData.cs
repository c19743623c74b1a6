namespace Tenon.Images.Shipped;

/// <summary>Which glyphs are held out.</summary>
public enum GlyphsHeldOut
{
    /// <summary>Single images: training sees the same character in the same style in other typefaces.</summary>
    Images,

    /// <summary>Whole combinations of style and character: held-out captions do not appear in training.</summary>
    Captions,
}

/// <summary>Options of <c>glyphs</c>.</summary>
public sealed record GlyphsOptions : ImageOptions
{
    /// <summary>Which items <c>testShare</c> holds out.</summary>
    public GlyphsHeldOut HeldOut { get; init; } = GlyphsHeldOut.Images;
}

/// <summary>
/// 3,038 characters, white on black, at 28×28 pixels, built into the plugin: A-Z, a-z and 0-9 in 49 typefaces. The class is the
/// character; captions combine style and character ("bold italic serif capital Q"), so that a generator can be tested on
/// combinations that it has never seen.
/// </summary>
[Data("glyphs", "3,038 captioned letters and digits at 28×28 pixels (built in)", Stability = Stability.Preview)]
public sealed class GlyphsData : IData<GlyphsOptions, ImageExample>
{
    private const int Side = 28;
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(GlyphsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        string[] styles = [.. Styles()];
        (int Face, int Character)[] cells =
            [.. from face in Enumerable.Range(0, styles.Length)
                from character in Enumerable.Range(0, Characters.Length)
                select (face, character)];
        string[] captions = [.. cells.Select(cell => $"{styles[cell.Face]} {NameOf(Characters[cell.Character])}")];
        ImageSource source = Sheet.Cut("glyphs-28.png", Side, cells.Select(cell => (cell.Face * Side, cell.Character * Side))) with
        {
            Labels = [.. cells.Select(cell => cell.Character)],
            Captions = captions,
            Groups = options.HeldOut == GlyphsHeldOut.Captions ? Sheet.Groups(captions) : null,
        };
        string[] labels = [.. Characters.Select(character => character.ToString())];
        return ImageDataset.Open(
            new ImageOrigin("glyphs", "letters and digits in 49 typefaces", []), labels, source, null, options, context);
    }

    // The style of each row of the sheet: "sans", "bold serif", "bold italic mono".
    private static IEnumerable<string> Styles() => Sheet.Rows("glyph-faces.tsv").Select(face =>
        string.Concat(face[3] == "1" ? "bold " : "", face[4] == "1" ? "italic " : "", face[2]));

    private static string NameOf(char character) =>
        $"{(char.IsDigit(character) ? "digit" : char.IsUpper(character) ? "capital" : "small")} {character}";
}
