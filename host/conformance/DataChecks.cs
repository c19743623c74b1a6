using System.Text.Json;

namespace Tenon.Conformance;

using DataCheck = Check<DataSubject>;

/// <summary>A data component with options for a small source.</summary>
public sealed class DataSubject
{
    private readonly IData _data;
    private readonly object _options;
    private readonly string _folder;

    internal DataSubject(IData data, object options, string? folder = null) =>
        (_data, _options, _folder) = (data, options, folder ?? Environment.CurrentDirectory);

    /// <summary>Creates the test subject for a data component.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <typeparam name="TExample">The type of example.</typeparam>
    /// <param name="data">The component.</param>
    /// <param name="options">Options for a small source; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    /// <param name="folder">Base folder of relative paths; null for the working directory.</param>
    public static DataSubject Of<TOptions, TExample>(IData<TOptions, TExample> data, TOptions? options = null, string? folder = null)
        where TOptions : class, new()
        where TExample : Example
    {
        ArgumentNullException.ThrowIfNull(data);
        return new DataSubject(data, options ?? TestSettings.Bind(data), folder);
    }

    internal IDataset Open(Action<string>? status = null) =>
        _data.Open(_options, new DataContext(_folder, new SeededRandom(1), status ?? (_ => { })));
}

/// <summary>Checks of every data component.</summary>
public static class DataChecks
{
    private const int Most = 500;

    /// <summary>The data has examples and facts.</summary>
    public static DataCheck Facts { get; } =
        new("facts are complete", "There are training examples, and the facts describe the data in one line.", subject =>
    {
        using IDataset data = subject.Open();
        return Verdict.Of([
            .. data.Train.Count < 1 ? ["There are no training examples."] : Array.Empty<string>(),
            .. data.Facts.Summary.Length == 0 || data.Facts.Summary.Contains('\n')
                ? ["Facts.Summary is not a one-line description of the data."] : Array.Empty<string>()]);
    });

    /// <summary>The same index always returns the same example.</summary>
    public static DataCheck Rereads { get; } =
        new("same example on every call", "An example is the same each time it is fetched, in any order.", subject =>
    {
        using IDataset data = subject.Open();
        string[] once = [.. Contents(data.Train)];
        string[] again = [.. Positions(data.Train).Reverse().Select(i => Content(data.Train[i])).Reverse()];
        return Same(once, again, "Fetched forwards and backwards");
    });

    /// <summary>Reopening preserves the order.</summary>
    public static DataCheck Reopens { get; } = new("same order when reopened",
        "Reopened with the same options and seed, counts, order, facts and fingerprint are unchanged.", subject =>
    {
        using IDataset one = subject.Open(), other = subject.Open();
        if (one.Train.Count != other.Train.Count || one.Validation?.Count != other.Validation?.Count)
            return Verdict.Fail($"It has {one.Train.Count} training and {one.Validation?.Count ?? 0} validation examples, but " +
                $"{other.Train.Count} and {other.Validation?.Count ?? 0} when reopened.");
        if (one.Facts.Fingerprint != other.Facts.Fingerprint || one.Facts.Summary != other.Facts.Summary
            || !one.Facts.Labels.SequenceEqual(other.Facts.Labels))
            return Verdict.Fail("The facts change when the data is reopened.");
        return Same([.. Contents(one.Train)], [.. Contents(other.Train)], "Opened twice");
    });

    /// <summary>Examples can be fetched concurrently.</summary>
    public static DataCheck Threads { get; } =
        new("thread safety", "Concurrent threads fetch the same examples as a single thread.", subject =>
    {
        using IDataset data = subject.Open();
        string[] once = [.. Contents(data.Train)];
        string[] parallel = [.. Positions(data.Train).ToArray().AsParallel().AsOrdered().WithDegreeOfParallelism(4)
            .Select(i => Content(data.Train[i]))];
        return Same(once, parallel, "Fetched from one thread and from four");
    });

    /// <summary>Indices outside the range are refused.</summary>
    public static DataCheck Ranges { get; } = new("invalid indices are refused",
        "Negative indices, and indices of Count or more, throw an ArgumentOutOfRangeException.", subject =>
    {
        using IDataset data = subject.Open();
        List<string> wrong = [];
        foreach (long index in new[] { -1, data.Train.Count })
        {
            try
            {
                _ = data.Train[index];
                wrong.Add($"Index {index} of {data.Train.Count} returns an example.");
            }
            catch (ArgumentOutOfRangeException)
            {
            }
        }

        return Verdict.Of(wrong);
    });

    /// <summary>No example is in both splits.</summary>
    public static DataCheck Disjoint { get; } =
        new("splits are disjoint", "At most 5 % of the validation examples equal a training example.", subject =>
    {
        using IDataset data = subject.Open();
        if (data.Validation is not { } validation)
            return Verdict.Skip("The data does not define a split; the host holds out a share.");
        HashSet<string> trained = [.. Contents(data.Train, 20_000)];
        string[] held = [.. Contents(validation)];
        int both = held.Count(trained.Contains);
        return both * 20 <= held.Length
            ? Verdict.Passed : Verdict.Fail($"{both} of {held.Length} validation examples are also training examples.");
    });

    /// <summary>Labels and sizes match the facts.</summary>
    public static DataCheck Labels { get; } = new("labels and sizes match the facts",
        "Labels are indices into Facts.Labels, and images have the size in the facts and the matching number of bytes.", subject =>
    {
        using IDataset data = subject.Open();
        int classes = data.Facts.Labels.Count;
        List<string> wrong = [];
        foreach (Example example in Positions(data.Train).Select(i => data.Train[i]))
        {
            if (example.ClassLabel is { } found && (found < 0 || found >= classes))
                wrong.Add($"An example has label {found}, but the facts have {classes} classes.");
            if (example is ImageExample { Image: var image })
            {
                if (image.Data.Length != image.Height * image.Width * image.Channels || image.Channels is not (1 or 3))
                    wrong.Add($"An image of {image.Height} × {image.Width} with {image.Channels} channels has {image.Data.Length} bytes.");
                if (data.Facts.ImageSize is { } size && size != (image.Height, image.Width, image.Channels))
                    wrong.Add($"The facts specify the image size {size}, but an image is {(image.Height, image.Width, image.Channels)}.");
            }

            if (wrong.Count > 0)
                break;
        }

        return Verdict.Of(wrong);
    });

    /// <summary>All data checks.</summary>
    public static IReadOnlyList<DataCheck> All { get; } = [Facts, Rereads, Reopens, Threads, Ranges, Disjoint, Labels];

    // The first ones and the last.
    private static IEnumerable<long> Positions(IExamples<Example> examples, long most = Most) =>
        Enumerable.Range(0, (int)Math.Min(most, examples.Count)).Select(i => (long)i).Append(examples.Count - 1);

    private static IEnumerable<string> Contents(IExamples<Example> examples, long most = Most) =>
        Positions(examples, most).Select(i => Content(examples[i]));

    private static string Content(Example example) => example switch
    {
        ImageExample image => CacheFolder.Fingerprint([Convert.ToBase64String(image.Image.Data.Span), $"{image.Label}|{image.Caption}"]),
        TokenBlock block => string.Join(' ', block.Ids.ToArray()),
        _ => JsonSerializer.Serialize(example, example.GetType()),
    };

    private static Verdict Same(string[] one, string[] other, string what)
    {
        int at = Enumerable.Range(0, one.Length).FirstOrDefault(i => one[i] != other[i], -1);
        return at < 0 ? Verdict.Passed : Verdict.Fail($"{what}, the examples differ, first at index {at}.");
    }
}
