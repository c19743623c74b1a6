namespace Tenon.Layers.Images;

/// <summary>
/// What makes numbers of pixels: (value · factor − mean) / standard deviation, for each channel; the factor is 1/255 by default.
/// Immutable.
/// </summary>
public sealed class ImageNormalization
{
    /// <summary>The factor that scales bytes to [0, 1].</summary>
    public const double ToOne = 1 / 255.0;

    private readonly float[] _means;
    private readonly float[] _deviations;
    private readonly double _factor;

    /// <summary>Creates a normalization.</summary>
    /// <param name="means">Of values scaled to [0, 1]: one for all channels, or one for each.</param>
    /// <param name="deviations">As many as means; none is 0.</param>
    /// <param name="factor">By which values are multiplied first.</param>
    /// <exception cref="ArgumentException">The counts differ, are neither 1 nor 3, or a deviation is not positive.</exception>
    public ImageNormalization(IReadOnlyList<double> means, IReadOnlyList<double> deviations, double factor = ToOne)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(deviations);
        if (means.Count != deviations.Count || means.Count is not (1 or 3))
            throw new ArgumentException($"There are {means.Count} means and {deviations.Count} standard deviations; give 1 of each, or 3.", nameof(means));
        if (deviations.Any(deviation => !(deviation > 0)))
            throw new ArgumentException($"The standard deviations are {string.Join(", ", deviations)}; each must be above 0.", nameof(deviations));
        _means = [.. means.Select(mean => (float)mean)];
        _deviations = [.. deviations.Select(deviation => (float)deviation)];
        _factor = factor;
    }

    /// <summary>Pixels 0 … 255 become 0 … 1.</summary>
    public static ImageNormalization ZeroToOne { get; } = new([0], [1]);

    /// <summary>Pixels 0 … 255 become −1 … 1, as diffusion models (Ho, Jain and Abbeel, 2020, section 3.3) and ViT's published weights want them.</summary>
    public static ImageNormalization MinusOneToOne { get; } = new([0.5], [0.5]);

    /// <summary>The number of every value of a pixel, channel after channel: [channels × 256].</summary>
    /// <exception cref="DataException">Images have 1 channel and the normalization 3.</exception>
    internal float[] Table(int channels)
    {
        if (_means.Length != 1 && _means.Length != channels)
            throw new DataException($"The images have {channels} channel and the normalization means for {_means.Length}. Set the data's 'channels' to {_means.Length}, or give one mean and one standard deviation.");

        float[] table = new float[channels * 256];
        for (int i = 0; i < table.Length; i++)
        {
            int c = _means.Length == 1 ? 0 : i / 256;
            table[i] = ((float)(i % 256 * _factor) - _means[c]) / _deviations[c];
        }

        return table;
    }
}
