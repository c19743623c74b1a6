using SkiaSharp;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// The font of images, embedded in the assembly: servers and containers often have no fonts, and Skia then draws text as empty
/// boxes. DejaVu Sans was chosen for its scripts (Latin, Greek, Cyrillic) and its license (LICENSE next to the font).
/// </summary>
internal static class EmbeddedFont
{
    /// <summary>Returns the font. The caller disposes it.</summary>
    public static SKTypeface Load()
    {
        using Stream font = typeof(EmbeddedFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        return SKTypeface.FromStream(font);
    }
}
