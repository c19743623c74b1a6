namespace Tenon.Text.Files;

/// <summary>The documents of several files, in order.</summary>
internal sealed class TextDocuments : IExamples<TextExample>, IDisposable
{
    private readonly IReadOnlyList<TextSource> _sources;
    private readonly long[] _starts;

    /// <summary>Takes ownership of the files.</summary>
    /// <param name="sources">At least one; none is empty.</param>
    public TextDocuments(IReadOnlyList<TextSource> sources)
    {
        _sources = sources;
        _starts = new long[sources.Count];
        foreach ((int i, TextSource source) in sources.Index())
        {
            _starts[i] = Count;
            Count += source.Count;
            Bytes += source.Bytes;
        }
    }

    public long Count { get; }

    /// <summary>Total bytes of all documents.</summary>
    public long Bytes { get; }

    public TextExample this[long index]
    {
        get
        {
            (TextSource source, int document) = At(index);
            return new TextExample(source.Read(document));
        }
    }

    public string? Origin(long index)
    {
        (TextSource source, int document) = At(index);
        return source.Location(document);
    }

    private (TextSource Source, int Document) At(long index)
    {
        if (index < 0 || index >= Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Count} documents.");
        int at = Array.BinarySearch(_starts, index);
        int source = at >= 0 ? at : ~at - 1;
        return (_sources[source], (int)(index - _starts[source]));
    }

    public void Dispose()
    {
        foreach (TextSource source in _sources)
            source.Dispose();
    }
}
