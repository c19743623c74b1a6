using Tenon;
using TorchSharp;
using static TorchSharp.torch;
using Embedding = Tenon.Layers.Embedding;
using Linear = Tenon.Layers.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace Contoso.Characters;

/// <summary>
/// Embeddings, one layer of gated recurrent units, logits of the next token. Later tokens depend on earlier ones only through
/// the state, which is also what the cache stores.
/// </summary>
public sealed class GruModel : nn.Module, ICausalLanguageModel, ILearnsFromTokens
{
    private readonly Embedding tokens;
    private readonly Linear input, recurrent, output;
    private readonly int size;

    /// <summary>Initializes the parameters from torch's generator.</summary>
    /// <param name="options">Resolved options.</param>
    /// <param name="context">Device and precision.</param>
    public GruModel(GruOptions options, BuildContext context) : base(nameof(GruModel))
    {
        (VocabularySize, ContextLength, size) = (options.VocabularySize!.Value, options.ContextLength, options.HiddenSize);
        EndOfText = context.EndOfText;
        tokens = new Embedding(VocabularySize, size, context);
        input = new Linear(size, 3 * size, context);
        recurrent = new Linear(size, 3 * size, context, bias: false);
        output = new Linear(size, VocabularySize, context, bias: false);
        RegisterComponents();
        foreach ((string name, Parameter parameter) in named_parameters())
        {
            if (name.EndsWith("bias", StringComparison.Ordinal))
                nn.init.zeros_(parameter);
            else
                nn.init.normal_(parameter, 0, 1 / Math.Sqrt(size));
        }
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
        var states = (States?)cache;
        (long rows, long length) = (inputIds.size(0), inputIds.size(1));
        states?.Check(rows, length);
        if (length > ContextLength)
            throw new ModelException($"{length} tokens do not fit in the context length of {ContextLength}. Shorten the input.");

        Tensor x = input.call(tokens.call(inputIds)).to(ScalarType.Float32); // [B, T, 3E]
        Tensor state = states?.Last(size, inputIds.device) ?? zeros([rows, size], device: inputIds.device); // [B, E]
        var all = new List<Tensor>();
        for (long t = 0; t < length; t++)
        {
            Tensor next = Step(x.select(1, t), state);
            // Padding does not change the state.
            state = attentionMask is null ? next : where(attentionMask.select(1, t).ne(0).unsqueeze(1), next, state);
            all.Add(state);
        }

        states?.Add(all, attentionMask);
        Tensor hidden = lastOnly ? state.unsqueeze(1) : stack(all, 1); // [B, T, E]
        return output.call(hidden).to(ScalarType.Float32).MoveToOuterDisposeScope(); // [B, T, V]
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
    public IKeyValueCache NewCache(int rows, int capacity) => new States(rows, capacity);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        requested.Contains("logits") ? new Dictionary<string, Tensor> { ["logits"] = Logits(inputs[BatchNames.InputIds]) } : [];

    // Equations 5 to 8 of the paper: reset r, update z, candidate n.
    private Tensor Step(Tensor x, Tensor state)
    {
        Tensor h = recurrent.call(state).to(ScalarType.Float32); // [B, 3E]
        Tensor r = (x.narrow(1, 0, size) + h.narrow(1, 0, size)).sigmoid();
        Tensor z = (x.narrow(1, size, size) + h.narrow(1, size, size)).sigmoid();
        Tensor n = (x.narrow(1, 2 * size, size) + r * h.narrow(1, 2 * size, size)).tanh();
        return (1 - z) * n + z * state;
    }

    /// <summary>The state after each token of each row, [E].</summary>
    private sealed class States(int rows, int capacity) : IKeyValueCache
    {
        private List<Tensor>[] kept = [.. Enumerable.Range(0, rows).Select(_ => new List<Tensor>())];

        public IReadOnlyList<int> Lengths => [.. kept.Select(row => row.Count)];

        public int Capacity => capacity;

        public void Check(long rows, long length)
        {
            if (rows != kept.Length || kept.Max(row => row.Count) + length > capacity)
            {
                throw new ModelException(
                    $"{rows} rows of {length} more tokens do not fit in a cache of {kept.Length} rows of {capacity} tokens. Shorten " +
                    "the input.");
            }
        }

        // [B, E]
        public Tensor Last(long size, Device device) =>
            stack(kept.Select(row => row.Count > 0 ? row[^1] : zeros([size], device: device)), 0);

        public void Add(List<Tensor> states, Tensor? mask)
        {
            for (int row = 0; row < kept.Length; row++)
            {
                for (int t = 0; t < states.Count; t++)
                {
                    if (mask is null || mask[row, t].item<long>() == 1)
                        kept[row].Add(Copy(states[t][row]));
                }
            }
        }

        public void Add(IKeyValueCache rows) => kept = [.. kept, .. ((States)rows).kept.Select(row => row.ConvertAll(Copy))];

        public void Select(IReadOnlyList<int> rows)
        {
            List<Tensor>[] selected = [.. rows.Select(row => kept[row].ConvertAll(Copy))];
            Dispose();
            kept = selected;
        }

        public void Truncate(int row, int length)
        {
            kept[row].Skip(length).ToList().ForEach(state => state.Dispose());
            kept[row].RemoveRange(length, kept[row].Count - length);
        }

        public void Dispose()
        {
            for (int row = 0; row < kept.Length; row++)
                Truncate(row, 0);
        }

        private static Tensor Copy(Tensor state) => state.detach().clone().DetachFromDisposeScope();
    }
}
