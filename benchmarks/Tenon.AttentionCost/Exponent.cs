namespace Tenon.AttentionCost;

/// <summary>The power of the pixels with which a cost grows.</summary>
internal static class Exponent
{
    /// <summary>
    /// The image size from which exponents are fitted. In smaller images, the linear maps, fixed costs and the padding of the last
    /// window hide the growth.
    /// </summary>
    public const int SmallestImage = 128;

    /// <summary>The slope of the least-squares line through the logarithms of pixels and costs.</summary>
    /// <param name="costs">Image sizes and costs.</param>
    /// <returns>Null with fewer than two sizes to fit.</returns>
    public static double? Fit(IEnumerable<(int ImageSize, double Value)> costs)
    {
        (double X, double Y)[] points = [.. costs.Where(cost => cost.ImageSize >= SmallestImage)
            .Select(cost => (2 * Math.Log(cost.ImageSize), Math.Log(cost.Value)))];
        if (points.Length < 2)
            return null;
        (double x, double y) = (points.Average(point => point.X), points.Average(point => point.Y));
        return points.Sum(point => (point.X - x) * (point.Y - y)) / points.Sum(point => (point.X - x) * (point.X - x));
    }
}
