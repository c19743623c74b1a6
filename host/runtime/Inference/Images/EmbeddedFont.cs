using SkiaSharp;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// The font of pictures, carried in the assembly: servers and containers often have none, and Skia then draws text as
/// empty boxes. DejaVu Sans, for its letters (Latin, Greek, Cyrillic) and its licence (LICENSE beside the font).
/// </summary>
internal static class EmbeddedFont
{
    /// <summary>The font. The caller disposes it.</summary>
    public static SKTypeface Load()
    {
        using Stream font = typeof(EmbeddedFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        return SKTypeface.FromStream(font);
    }
}
