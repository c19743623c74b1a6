namespace Tenon.Images;

/// <summary>Reads the sizes of many images.</summary>
internal static class Shapes
{
    /// <summary>Returns the images whose size can be read, and their sizes.</summary>
    /// <param name="count">Number of images.</param>
    /// <param name="shape">Reads the size of one.</param>
    /// <param name="reject">Receives those that cannot be read, in order.</param>
    /// <exception cref="DataException">None can be read, or <paramref name="reject"/> throws.</exception>
    public static (int[] Readable, ImageShape[] Shapes) Of(int count, Func<int, ImageShape> shape, Action<DataException> reject)
    {
        var shapes = new ImageShape[count];
        var faults = new DataException?[count];
        Workers.For(count, i =>
        {
            try
            {
                shapes[i] = shape(i);
            }
            catch (DataException fault)
            {
                faults[i] = fault;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                faults[i] = new DataException($"{fault.Message} Restore the file and its permissions, or leave it out.", fault);
            }
        });
        foreach (DataException fault in faults.OfType<DataException>())
            reject(fault);
        int[] readable = [.. Enumerable.Range(0, count).Where(i => faults[i] is null)];
        return readable.Length > 0
            ? (readable, [.. readable.Select(i => shapes[i])])
            : throw new DataException($"None of the {count} images can be read. The first error: " +
                $"{faults.OfType<DataException>().First().Message}");
    }
}
