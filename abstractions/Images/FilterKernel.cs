namespace Tenon;

/// <summary>The weights that combine the pixels of a line into those of a resized line.</summary>
internal sealed class FilterKernel
{
    /// <summary>
    /// Fractional bits of the weights. The absolute weights sum to less than 2, so a weighted sum of bytes fits in 32 bits.
    /// </summary>
    public const int Bits = 22;

    private readonly int _taps;
    private readonly int[] _weights;
    private readonly int[] _starts;
    private readonly int[] _counts;

    /// <summary>Computes the weights of a range of positions.</summary>
    /// <param name="filter">Any filter except <see cref="ImageFilter.Nearest"/>.</param>
    /// <param name="from">Pixels of the source line.</param>
    /// <param name="to">Pixels of the resized line.</param>
    /// <param name="first">The first position.</param>
    /// <param name="count">The number of positions.</param>
    public FilterKernel(ImageFilter filter, int from, int to, int first, int count)
    {
        (double support, Func<double, double> curve) = Curve(filter);
        double scale = (double)from / to;
        double widened = Math.Max(scale, 1);
        double reach = support * widened;
        _taps = (int)Math.Ceiling(reach) * 2 + 1;
        (_weights, _starts, _counts) = (new int[_taps * count], new int[count], new int[count]);
        double[] values = new double[_taps];
        for (int i = 0; i < count; i++)
        {
            double center = (first + i + 0.5) * scale;
            int start = Math.Max((int)(center - reach + 0.5), 0);
            int taps = Math.Min((int)(center + reach + 0.5), from) - start;
            double sum = 0;
            for (int tap = 0; tap < taps; tap++)
                sum += values[tap] = curve((start + tap - center + 0.5) / widened);
            for (int tap = 0; tap < taps; tap++)
                _weights[i * _taps + tap] = (int)Math.Round(values[tap] / sum * (1 << Bits), MidpointRounding.AwayFromZero);
            (_starts[i], _counts[i]) = (start, taps);
        }
    }

    /// <summary>The first source pixel of any position, and the one after the last.</summary>
    public (int First, int End) Range => (_starts[0], _starts[^1] + _counts[^1]);

    /// <summary>Returns the first source pixel of a position.</summary>
    /// <param name="position">Relative to the first position.</param>
    public int Start(int position) => _starts[position];

    /// <summary>Returns the weights of the source pixels of a position, in units of 2^-<see cref="Bits"/>.</summary>
    /// <param name="position">Relative to the first position.</param>
    public ReadOnlySpan<int> Weights(int position) => _weights.AsSpan(position * _taps, _counts[position]);

    // The half-width of each filter at scale 1, and its value at a distance from the center.
    private static (double Support, Func<double, double> Curve) Curve(ImageFilter filter) => filter switch
    {
        ImageFilter.Box => (0.5, x => x is > -0.5 and <= 0.5 ? 1 : 0),
        ImageFilter.Bilinear => (1, x => Math.Max(0, 1 - Math.Abs(x))),
        ImageFilter.Hamming => (1, x => Math.Abs(x) >= 1 ? 0 : Sinc(x) * (0.54 + 0.46 * Math.Cos(Math.PI * x))),
        ImageFilter.Bicubic => (2, Cubic),
        ImageFilter.Lanczos => (3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "This filter has no weights."),
    };

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    // Keys (1981), equation 4, with a = -0.5.
    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1
            : x < 2 ? ((x - 5) * x + 8) * x * A - 4 * A
            : 0;
    }
}
