namespace Tenon.Host.Inference.Text;

/// <summary>The first components of an embedding, scaled to length 1, as OpenAI's field <c>dimensions</c> asks for.</summary>
internal static class ShortenedVector
{
    /// <summary>Shortens a vector.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="dimensions">Number of components to keep; null returns the vector itself.</param>
    public static float[] Of(float[] vector, int? dimensions)
    {
        if (dimensions is not { } count)
            return vector;
        float[] first = vector[..count];
        double length = Math.Sqrt(first.Sum(value => (double)value * value));
        return length == 0 ? first : Array.ConvertAll(first, value => (float)(value / length));
    }
}
