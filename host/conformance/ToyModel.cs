using System.Text.Json.Nodes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>
/// One layer of causal attention over letters with all capabilities of a language model, a classifier and a reward model, for
/// testing strategies and rewards. It learns the toy examples in a few steps. Its cache keeps tokens and recomputes them.
/// </summary>
internal partial class ToyModel : nn.Module, ICausalLanguageModel, IClassifier, IEmbedder, IPromptTunable, IPolicy<TextOutcome>,
ILearnsFromTokens
{
    private const int Heads = 2, HeadSize = 8, Size = Heads * HeadSize;
    private readonly Parameter tokens;
    private readonly Parameter positions;
    private readonly ToyLinear query, key, value, output, head, classes;

    /// <summary>Draws the parameters from torch's generator.</summary>
    public ToyModel(Device? device = null, IReadOnlyList<int>? endOfText = null) : base(nameof(ToyModel))
    {
        device ??= CPU;
        EndOfText = endOfText ?? [];
        tokens = new Parameter(randn([VocabularySize, Size], device: device) * 0.3);
        positions = new Parameter(randn([ContextLength, Size], device: device) * 0.3);
        query = new ToyLinear(Size, Size, device);
        key = new ToyLinear(Size, Size, device);
        value = new ToyLinear(Size, Size, device);
        output = new ToyLinear(Size, Size, device);
        head = new ToyLinear(Size, VocabularySize, device);
        classes = new ToyLinear(Size, ToyExamples.Labels.Count, device);
        RegisterComponents();
    }

    /// <summary>Content of its <c>config.json</c>.</summary>
    public static JsonObject Configuration => new() { ["model_type"] = "toy" };

    public nn.Module Module => this;

    public int VocabularySize => 40;

    public int ContextLength => 24;

    public IReadOnlyList<int> EndOfText { get; }

    public IReadOnlyList<string> Labels => ToyExamples.Labels;

    public int EmbeddingSize => Size;

    public PromptShape PromptShape { get; } = new(1, Heads, HeadSize, Size);

    public Prompt? Prompt { get; set; }

    public Parameter TokenEmbeddings => tokens;

    public virtual Tensor Loss(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = batch[BatchNames.Labels];
        Tensor loss = labels.ndim == 1
            ? nn.functional.cross_entropy(ClassLogits(batch), labels)
            : nn.functional.cross_entropy(
                Logits(batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask))
                    .view(-1, VocabularySize), labels.reshape(-1), ignore_index: BatchNames.Ignored);
        return loss.MoveToOuterDisposeScope();
    }

    public virtual Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        using DisposeScope scope = NewDisposeScope();
        long length = inputIds.size(1);
        if (cache is not null)
            (inputIds, attentionMask) = ((ToyCache)cache).Add(inputIds, attentionMask);
        Tensor hidden = Hidden(inputIds, attentionMask); // [B, cached + T, E]
        long wanted = lastOnly ? 1 : length;
        return head.call(hidden.narrow(1, inputIds.size(1) - wanted, wanted)).MoveToOuterDisposeScope();
    }

    public virtual Tensor ClassLogits(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        return classes.call(Embed(batch)).MoveToOuterDisposeScope();
    }

    public virtual Tensor Embed(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor ids = batch[BatchNames.InputIds];
        Tensor mask = (batch.Find(BatchNames.AttentionMask) ?? ones_like(ids)).unsqueeze(2).to(ScalarType.Float32); // [B, T, 1]
        Tensor sum = (Hidden(ids, batch.Find(BatchNames.AttentionMask)) * mask).sum(1L);
        return (sum / mask.sum(1L)).MoveToOuterDisposeScope();
    }

    public virtual IKeyValueCache NewCache(int rows, int capacity) => new ToyCache(rows, capacity);

    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        requested.Contains("logits") ? new Dictionary<string, Tensor> { ["logits"] = Logits(inputs[BatchNames.InputIds]) } : [];

    /// <summary>Hidden states float32 [B, T, E] in the current dispose scope.</summary>
    protected virtual Tensor Hidden(Tensor ids, Tensor? mask)
    {
        (long rows, long length) = (ids.size(0), ids.size(1));
        if (length > ContextLength)
            throw new ModelException($"The input has {length} tokens; the context length is {ContextLength}.");
        Tensor place = mask is null ? arange(length, device: ids.device).expand(rows, length) : (mask.cumsum(1) - 1).clamp(min: 0);
        // Computed as products, whose gradients are reproducible bit for bit on several threads.
        Tensor x = OneHot(ids, VocabularySize).matmul(tokens) + OneHot(place, ContextLength).matmul(positions); // [B, T, E]
        long embedded = Prompt?.Embeddings?.size(0) ?? 0, prefixed = Prompt?.KeyValues?.size(3) ?? 0;
        if (embedded > 0)
            x = cat([Prompt!.Embeddings!.unsqueeze(0).expand(rows, -1, -1), x], 1);
        (Tensor q, Tensor k, Tensor v) = (Split(query.call(x)), Split(key.call(x)), Split(value.call(x))); // [B, H, V + T, D]
        if (prefixed > 0)
        {
            k = cat([Prompt!.KeyValues![0, 0].unsqueeze(0).expand(rows, -1, -1, -1), k], 2);
            v = cat([Prompt!.KeyValues![0, 1].unsqueeze(0).expand(rows, -1, -1, -1), v], 2);
        }

        long before = embedded + prefixed;
        Tensor seen = ones([embedded + length, before + length], ScalarType.Bool, ids.device).tril(prefixed); // [V + T, P + V + T]
        if (mask is not null)
            seen = seen.unsqueeze(0).logical_and(cat([ones([rows, before], mask.dtype, mask.device), mask], 1).ne(0).unsqueeze(1))
                .unsqueeze(1);
        Tensor scores = q.matmul(k.transpose(2, 3)) / Math.Sqrt(HeadSize);
        Tensor mixed = scores.masked_fill(seen.logical_not(), -1e9).softmax(-1).matmul(v); // [B, H, V + T, D]
        x = x + output.call(mixed.transpose(1, 2).reshape(rows, embedded + length, Size));
        return x.narrow(1, embedded, length);
    }

    private static Tensor OneHot(Tensor ids, long size) => nn.functional.one_hot(ids, size).to(ScalarType.Float32);

    private static Tensor Split(Tensor x) => x.view(x.size(0), x.size(1), Heads, HeadSize).transpose(1, 2);

    /// <summary>Keeps the tokens of each row.</summary>
    private sealed class ToyCache(int rows, int capacity) : IKeyValueCache
    {
        private List<long>[] kept = [.. Enumerable.Range(0, rows).Select(_ => new List<long>())];

        public IReadOnlyList<int> Lengths => [.. kept.Select(row => row.Count)];

        public int Capacity => capacity;

        /// <summary>Appends tokens and returns all of them, left-padded, so that the new ones are the last columns.</summary>
        public (Tensor Ids, Tensor Mask) Add(Tensor ids, Tensor? mask)
        {
            if (ids.size(0) != kept.Length)
                throw new ModelException($"The cache has {kept.Length} rows, but the input has {ids.size(0)}.");
            foreach ((int row, List<long> tokens) in kept.Index())
            {
                long[] added = [.. ids[row].cpu().data<long>()];
                tokens.AddRange(mask is null ? added : added.Where((_, at) => mask[row, at].item<long>() == 1));
                if (tokens.Count > capacity)
                    throw new ModelException($"The cache holds {capacity} tokens per row, but {tokens.Count} are needed.");
            }

            int longest = (int)Math.Max(kept.Max(row => row.Count), ids.size(1));
            IEnumerable<long> Filled(IEnumerable<long> row, int count) => Enumerable.Repeat(0L, longest - count).Concat(row);
            long[] all = [.. kept.SelectMany(row => Filled(row, row.Count))];
            long[] real = [.. kept.SelectMany(row => Filled(row.Select(_ => 1L), row.Count))];
            return (tensor(all, [kept.Length, longest], device: ids.device), tensor(real, [kept.Length, longest], device: ids.device));
        }

        public void Add(IKeyValueCache rows) => kept = [.. kept, .. ((ToyCache)rows).kept.Select(row => row.ToList())];

        public void Select(IReadOnlyList<int> rows) => kept = [.. rows.Select(row => kept[row].ToList())];

        public void Truncate(int row, int length) => kept[row].RemoveRange(length, kept[row].Count - length);

        public void Dispose()
        {
        }
    }
}

/// <summary>A linear map without bias that applies deltas.</summary>
internal sealed class ToyLinear : nn.Module<Tensor, Tensor>, ILinearMap
{
    private readonly Parameter weight;

    public ToyLinear(long inFeatures, long outFeatures, Device device) : base(nameof(ToyLinear))
    {
        weight = new Parameter(randn([outFeatures, inFeatures], device: device) / Math.Sqrt(inFeatures));
        RegisterComponents();
    }

    public long InFeatures => weight.size(1);

    public long OutFeatures => weight.size(0);

    public Parameter Weight => weight;

    public bool Transposed => false;

    public Func<Tensor, Tensor>? Delta { get; set; }

    public override Tensor forward(Tensor input)
    {
        Tensor mapped = nn.functional.linear(input, weight);
        return Delta is { } delta ? mapped + delta(input) : mapped;
    }
}
