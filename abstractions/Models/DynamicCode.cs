namespace Tenon;

/// <summary>
/// The 256 numbers of 8-bit dynamic quantization (Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization", sections
/// 1.3 and 2.2): 0, 1, and evenly spaced numbers in each of the decades 10⁻⁷ … 1, twice as many as in the decade below. Small numbers
/// keep their magnitude, and large ones their precision. NF4 uses the code for the constants of its blocks, and the optimizer
/// <c>adamw8bit</c> for its state.
/// </summary>
public static class DynamicCode
{
    private const int Decades = 7;
    private const double Least = 0.1;

#pragma warning disable CA1720 // The established names.
    /// <summary>For numbers in [-1, 1], in ascending order. -1 itself is not among them.</summary>
    public static IReadOnlyList<float> Signed { get; } = Numbers(signed: true);

    /// <summary>For numbers in [0, 1], in ascending order: each decade has twice as many numbers as in <see cref="Signed"/>.</summary>
    public static IReadOnlyList<float> Unsigned { get; } = Numbers(signed: false);
#pragma warning restore CA1720

    /// <summary>
    /// Returns the 255 midpoints between neighbors of a code, in ascending order. The value nearest to a number is the one whose index
    /// is the number of thresholds below that number.
    /// </summary>
    /// <param name="code"><see cref="Signed"/> or <see cref="Unsigned"/>.</param>
    public static IReadOnlyList<float> Thresholds(IReadOnlyList<float> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return [.. code.Zip(code.Skip(1), (below, above) => (float)((below + (double)above) / 2))];
    }

    private static float[] Numbers(bool signed)
    {
        List<double> numbers = [0, 1];
        for (int decade = 0; decade < Decades; decade++)
        {
            int count = (signed ? 1 : 2) << decade;
            double scale = Math.Pow(10, decade - Decades + 1), width = (1 - Least) / count;
            for (int index = 0; index < count; index++)
            {
                double number = scale * (Least + width * (index + 0.5)); // the middle of each part of [0.1, 1]
                numbers.Add(number);
                if (signed)
                    numbers.Add(-number);
            }
        }

        return [.. numbers.Order().Select(number => (float)number)];
    }
}
