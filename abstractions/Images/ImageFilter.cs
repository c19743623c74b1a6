namespace Tenon;

/// <summary>
/// How the pixels of a resized image are computed. The numbers are Pillow's, which <c>preprocessor_config.json</c> uses as well. All
/// filters except <see cref="Nearest"/> widen with the factor when an image shrinks, so fine patterns are averaged and do not alias.
/// </summary>
public enum ImageFilter
{
    /// <summary>The source pixel at the position.</summary>
    Nearest = 0,

    /// <summary>Sinc within a window of three lobes (Lanczos).</summary>
    Lanczos = 1,

    /// <summary>Linear in each direction (a triangle).</summary>
    Bilinear = 2,

    /// <summary>Cubic with a = −0.5 (Keys 1981).</summary>
    Bicubic = 3,

    /// <summary>The mean of the covered source pixels.</summary>
    Box = 4,

    /// <summary>Sinc within a Hamming window of one lobe.</summary>
    Hamming = 5,
}
