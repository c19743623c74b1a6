namespace Tenon;

/// <summary>
/// Filters that compute the pixels of a resized image. The numeric values are Pillow's, which <c>preprocessor_config.json</c> uses as
/// well. When an image is reduced, all filters except <see cref="Nearest"/> widen by the same factor, so that fine patterns are
/// averaged and do not alias.
/// </summary>
public enum ImageFilter
{
    /// <summary>The nearest source pixel.</summary>
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
