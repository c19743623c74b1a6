using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Tenon;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

[assembly: Plugin("template._1", "My language model")]

namespace Template._1;

/// <summary>Options of the model, set in the <c>model</c> section of a recipe.</summary>
public sealed record BigramOptions
{
    /// <summary>Number of token ids. Defaults to the size of the recipe's tokenizer.</summary>
    [Range(2, 1_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Size of a token's embedding.</summary>
    [Range(1, 4096)]
    [TrainedWith]
    public int HiddenSize { get; init; } = 64;

    /// <summary>Maximum number of tokens in a sequence.</summary>
    [Range(2, 65_536)]
    [TrainedWith(AllowsLess = true)]
    public int ContextLength { get; init; } = 64;
}

/// <summary>Reads configurations and builds models.</summary>
[Architecture("template-1", "Predicts the next token from the current one", ModelTypes = ["template-1"],
    Stability = Stability.Experimental, TestSettings = ["hiddenSize=16", "contextLength=24"])]
public sealed class BigramArchitecture : IArchitecture<BigramOptions, BigramModel>
{
    /// <inheritdoc/>
    public BigramOptions Resolve(BigramOptions options, ModelFacts facts) =>
        options with { VocabularySize = options.VocabularySize ?? facts.VocabularySize
            ?? throw new ModelException("'vocabularySize' is not set and the recipe has no tokenizer. Set one of them.") };

    /// <inheritdoc/>
    public BigramModel Build(BigramOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(BigramOptions options) => new(new JsonObject
    {
        ["model_type"] = "template-1",
        ["vocab_size"] = options.VocabularySize,
        ["hidden_size"] = options.HiddenSize,
        ["n_positions"] = options.ContextLength,
    });

    /// <inheritdoc/>
    public BigramOptions Read(ModelConfiguration configuration)
    {
        JsonObject config = configuration["config.json"];
        return new() { VocabularySize = Size("vocab_size"), HiddenSize = Size("hidden_size"), ContextLength = Size("n_positions") };

        int Size(string key) => (int?)config[key] ?? throw new ModelException($"config.json has no '{key}'.");
    }
}

/// <summary>Maps each token's embedding through one hidden layer to the logits of the next token.</summary>
public sealed class BigramModel : nn.Module, ICausalLanguageModel, ILearnsFromTokens
{
    private readonly Autocast autocast;
    private readonly Parameter tokens, hidden, output;

    /// <summary>Initializes the parameters from torch's generator.</summary>
    public BigramModel(BigramOptions options, BuildContext context) : base(nameof(BigramModel))
    {
        autocast = context.Autocast;
        (VocabularySize, ContextLength, EndOfText) = (options.VocabularySize!.Value, options.ContextLength, context.EndOfText);
        tokens = Weight(VocabularySize, options.HiddenSize);
        hidden = Weight(options.HiddenSize, options.HiddenSize);
        output = Weight(VocabularySize, options.HiddenSize);
        RegisterComponents();

        Parameter Weight(long rows, long columns) => new(randn([rows, columns], device: context.Device) / Math.Sqrt(columns));
    }

    /// <inheritdoc/>
    public nn.Module Module => this;

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int ContextLength { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> EndOfText { get; }

    /// <inheritdoc/>
    public int BlockLength => ContextLength + 1;

    /// <inheritdoc/>
    public int BlockOverlap => 1;

    /// <inheritdoc/>
    public Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
    {
        using DisposeScope scope = NewDisposeScope();
        long length = inputIds.size(1);
        if (length > ContextLength)
            throw new ModelException($"{length} tokens do not fit in the context length of {ContextLength}. Shorten the input.");
        (cache as Counter)?.Add(inputIds, attentionMask);
        Tensor ids = lastOnly ? inputIds.narrow(1, length - 1, 1) : inputIds;
        // The gradient of index_select is deterministic on several threads; that of an indexer is not.
        Tensor x = tokens.index_select(0, ids.reshape(-1)).view(ids.size(0), ids.size(1), -1); // [B, T, E]
        x = nn.functional.gelu(Product(x, hidden));
        return Product(x, output).to(ScalarType.Float32).MoveToOuterDisposeScope(); // [B, T, V]
    }

    /// <inheritdoc/>
    public Tensor Loss(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = Logits(batch[BatchNames.InputIds]);
        return nn.functional.cross_entropy(logits.view(-1, VocabularySize), batch[BatchNames.Labels].view(-1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        int length = examples[0].Ids.Length - 1;
        Tensor blocks = tensor(examples.SelectMany(e => e.Ids.ToArray()).Select(id => (long)id).ToArray(), [examples.Count, length + 1]);
        return new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = blocks.narrow(1, 0, length).contiguous(),
                [BatchNames.Labels] = blocks.narrow(1, 1, length).contiguous(),
            },
            examples.Count, examples.Count * length);
    }

    /// <inheritdoc/>
    public IKeyValueCache NewCache(int rows, int capacity) => new Counter(rows, capacity);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        requested.Contains("logits") ? new Dictionary<string, Tensor> { ["logits"] = Logits(inputs[BatchNames.InputIds]) } : [];

    private Tensor Product(Tensor x, Tensor weight) => nn.functional.linear(autocast.Cast(x), autocast.Cast(weight));

    /// <summary>Earlier tokens have no effect, so only the length of each row is cached.</summary>
    private sealed class Counter(int rows, int capacity) : IKeyValueCache
    {
        private int[] lengths = new int[rows];

        public IReadOnlyList<int> Lengths => lengths;

        public int Capacity => capacity;

        public void Add(Tensor ids, Tensor? mask)
        {
            for (int row = 0; row < lengths.Length; row++)
                lengths[row] += (int)(mask?[row].sum().item<long>() ?? ids.size(1));
            if (lengths.Max() > capacity)
                throw new ModelException($"{lengths.Max()} tokens do not fit in a cache of {capacity}. Shorten the input.");
        }

        public void Add(IKeyValueCache rows) => lengths = [.. lengths, .. rows.Lengths];

        public void Select(IReadOnlyList<int> rows) => lengths = [.. rows.Select(row => lengths[row])];

        public void Truncate(int row, int length) => lengths[row] = length;

        public void Dispose()
        {
        }
    }
}
