namespace Tenon.Layers.Images;

/// <summary>
/// Converts pixels to numbers: (value · factor − mean) / standard deviation, for each channel, with a factor of 1/255 by
/// default. Immutable.
/// </summary>
public sealed class ImageNormalization
{
    /// <summary>The factor that scales bytes to [0, 1].</summary>
    public const double ToOne = 1 / 255.0;

    private readonly float[] _means;
    private readonly float[] _deviations;
    private readonly double _factor;

    /// <summary>Creates a normalization.</summary>
    /// <param name="means">Means of values scaled to [0, 1]: one for all channels, or one for each.</param>
    /// <param name="deviations">Standard deviations, as many as means, each above 0.</param>
    /// <param name="factor">Factor applied to the values before that.</param>
    /// <exception cref="ArgumentException">The counts differ, are neither 1 nor 3, or a deviation is not positive.</exception>
    public ImageNormalization(IReadOnlyList<double> means, IReadOnlyList<double> deviations, double factor = ToOne)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(deviations);
        if (means.Count != deviations.Count || means.Count is not (1 or 3))
            throw new ArgumentException($"There are {means.Count} means and {deviations.Count} standard deviations. " +
                "Give 1 of each, or 3 of each.", nameof(means));
        if (deviations.Any(deviation => !(deviation > 0)))
            throw new ArgumentException($"The standard deviations are {string.Join(", ", deviations)}; " +
                "each must be above 0.", nameof(deviations));
        _means = [.. means.Select(mean => (float)mean)];
        _deviations = [.. deviations.Select(deviation => (float)deviation)];
        _factor = factor;
    }

    /// <summary>Maps 0 … 255 to 0 … 1.</summary>
    public static ImageNormalization ZeroToOne { get; } = new([0], [1]);

    /// <summary>
    /// Maps 0 … 255 to −1 … 1, as diffusion models (Ho et al. 2020, section 3.3) and ViT's published weights require.
    /// </summary>
    public static ImageNormalization MinusOneToOne { get; } = new([0.5], [0.5]);

    /// <summary>The normalized value of each pixel value, channel by channel: [channels × 256].</summary>
    /// <exception cref="DataException">Images have 1 channel, but the normalization has 3.</exception>
    internal float[] Table(int channels)
    {
        if (_means.Length != 1 && _means.Length != channels)
            throw new DataException($"The images have {channels} channel, but the normalization has means for {_means.Length}. " +
                $"Set the data's 'channels' to {_means.Length}, or give one mean and one standard deviation.");

        float[] table = new float[channels * 256];
        for (int i = 0; i < table.Length; i++)
        {
            int c = _means.Length == 1 ? 0 : i / 256;
            table[i] = ((float)(i % 256 * _factor) - _means[c]) / _deviations[c];
        }

        return table;
    }
}
