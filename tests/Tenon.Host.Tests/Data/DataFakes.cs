using System.Text;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Tests.Data;

/// <summary>Examples in a list.</summary>
internal sealed class ListExamples<T>(IReadOnlyList<T> examples) : IExamples<T> where T : Example
{
    private int _reads;

    public long Count => examples.Count;

    public int Reads => _reads;

    public T this[long index]
    {
        get
        {
            Interlocked.Increment(ref _reads);
            return examples[(int)index];
        }
    }
}

/// <summary>A data set in lists.</summary>
internal sealed class ListDataset<T>(IReadOnlyList<T> train, IReadOnlyList<T>? validation = null, string? fingerprint = null) : IDataset<T>
    where T : Example
{
    public DataFacts Facts { get; } = new() { Summary = "a list", Fingerprint = fingerprint };

    public IExamples<T> Train { get; } = new ListExamples<T>(train);

    public IExamples<T>? Validation { get; } = validation is null ? null : new ListExamples<T>(validation);

    public bool Disposed { get; private set; }

    public void Dispose() => Disposed = true;
}

/// <summary>UTF-8 bytes as ids, 256 ends a text.</summary>
internal sealed class ByteTokenizer(int vocabularySize = 257) : ITokenizer
{
    public int VocabularySize => vocabularySize;

    public SpecialTokens Special { get; } = new() { EndOfText = 256 };

    public string Fingerprint => $"bytes {vocabularySize}";

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) =>
        Encoding.UTF8.GetString([.. ids.Where(id => id < 256).Select(id => (byte)id)]);

    public string TokenText(int id) => throw new NotSupportedException();

    public int? TokenId(string tokenText) => throw new NotSupportedException();

    public IStreamingDecoder StreamingDecoder() => throw new NotSupportedException();

    public void Save(string folder) => throw new NotSupportedException();
}

/// <summary>Makes a batch of the labels of labelled texts, and of one random number.</summary>
internal sealed class LabelCollate : ICollate<LabelledTextExample>
{
    public Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context) => new(
        new Dictionary<string, Tensor>
        {
            [BatchNames.Labels] = torch.tensor(examples.Select(e => (long)e.Label).ToArray()),
            ["random"] = torch.tensor((long)(context.Random.NextUInt64() >> 1)),
        }, examples.Count, examples.Count);
}

/// <summary>A model that learns from blocks of tokens, and does nothing else.</summary>
internal sealed class TokenModel(int length = 9, int overlap = 1) : IModel, ILearnsFromTokens
{
    public int BlockLength => length;

    public int BlockOverlap => overlap;

    public torch.nn.Module Module => throw new NotSupportedException();

    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context) => new(
        new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = torch.stack(examples.Select(e => torch.tensor(e.Ids.ToArray().Select(id => (long)id).ToArray()))),
        }, examples.Count, examples.Count * (length - 1));

    public Tensor Loss(Batch batch) => throw new NotSupportedException();

    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        throw new NotSupportedException();

    public void Dispose()
    {
    }
}

/// <summary>A folder with a cache in it, removed at the end of the test.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("tenon-data-").FullName;

    public CacheFolder Cache => new(_path);

    public List<string> Status { get; } = [];

    public Host.Data.OpenedData Open(IDataset dataset, double share = 0.25, int examples = 0) => Host.Data.OpenedData.Open(dataset, new()
    {
        Name = "a-list",
        ValidationShare = share,
        Examples = examples,
        Random = new SeededRandom(7),
        Cache = Cache,
        Status = Status.Add,
    });

    public static Host.Data.BatchSettings Batches(int size, ITokenizer? tokenizer = null) => new()
    {
        BatchSize = size,
        Device = torch.CPU,
        Random = new SeededRandom(7),
        Tokenizer = tokenizer,
    };

    public string[] Files(string kind) => Directory.Exists(Path.Combine(_path, kind)) ? Directory.GetFiles(Path.Combine(_path, kind)) : [];

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
