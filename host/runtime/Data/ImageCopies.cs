namespace Tenon.Host.Data;

/// <summary>Finds images that are copies of each other, such as one file under two names. Thread-safe while images are added.</summary>
internal sealed class ImageCopies
{
    private readonly List<(UInt128 Hash, long Index, int Label)> _images = [];

    /// <summary>Adds an image.</summary>
    /// <param name="hash">Hash of its pixels.</param>
    /// <param name="index">Its index in the split.</param>
    /// <param name="label">Its class, or null.</param>
    public void Add(UInt128 hash, long index, int? label)
    {
        lock (_images)
            _images.Add((hash, index, label ?? -1));
    }

    /// <summary>Counts the images that have the same pixels as an image with a lower index.</summary>
    /// <returns>Their number, how many of them have another class than the image with the lowest index, and the first.</returns>
    public (long Copies, long OfAnotherClass, (long Copy, long Earlier)? First) Find()
    {
        _images.Sort();
        (long copies, long otherClass) = (0, 0);
        (long Copy, long Earlier)? first = null;
        int earlier = 0; // the image with the lowest index among those with the same pixels
        for (int i = 1; i < _images.Count; i++)
        {
            if (_images[i].Hash != _images[earlier].Hash)
            {
                earlier = i;
                continue;
            }

            copies++;
            if (_images[i].Label != _images[earlier].Label)
                otherClass++;
            if (first is not { Copy: var known } || _images[i].Index < known)
                first = (_images[i].Index, _images[earlier].Index);
        }

        return (copies, otherClass, first);
    }
}
