using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Tenon.Export.Tests;

/// <summary>A GGUF file opened by llama.cpp on the CPU, with a float32 cache.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private const int Threads = 1; // its threads spin, which would take cores from other tests

    private readonly ModelParams _parameters;
    private readonly LLamaWeights _weights;
    private readonly List<(LoraAdapter Adapter, float Scale)> _adapters = [];

    static LlamaCpp() => NativeLogConfig.llama_log_set((level, message) =>
    {
        if (level == LLamaLogLevel.Error)
            Console.Error.Write(message);
    });

    public LlamaCpp(string file, uint context = 128)
    {
        _parameters = new ModelParams(file)
        {
            ContextSize = context,
            BatchSize = context,
            UBatchSize = context,
            GpuLayerCount = 0,
            FlashAttention = false,
            Threads = Threads,
            BatchThreads = Threads,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
        };
        _weights = LLamaWeights.LoadFromFile(_parameters);
    }

    public SafeLlamaModelHandle Model => _weights.NativeHandle;

    public void Apply(string adapter) => _adapters.Add((Model.LoadLoraFromFile(adapter), 1));

    public int[] Encode(string text, bool addSpecial = false, bool parseSpecial = false) =>
        [.. Model.Tokenize(text, addSpecial, parseSpecial, Encoding.UTF8).Select(token => (int)token)];

    /// <summary>Returns the logits at each position.</summary>
    public float[][] Logits(IReadOnlyList<int> ids)
    {
        using LLamaContext context = Context();
        return Decode(context, ids, 0, all: true);
    }

    /// <summary>Returns the greedy continuation.</summary>
    public int[] Continue(IReadOnlyList<int> prompt, int count)
    {
        using LLamaContext context = Context();
        var made = new List<int>();
        IReadOnlyList<int> next = prompt;
        for (int position = 0; made.Count < count; position += next.Count, next = [made[^1]])
        {
            float[] logits = Decode(context, next, position, all: false)[^1];
            made.Add(Array.IndexOf(logits, logits.Max()));
        }

        return [.. made];
    }

    public void Dispose() => _weights.Dispose();

    private LLamaContext Context()
    {
        LLamaContext context = _weights.CreateContext(_parameters);
        if (_adapters.Count > 0)
            context.NativeHandle.SetLoraAdapters([.. _adapters]);
        return context;
    }

    private static float[][] Decode(LLamaContext context, IReadOnlyList<int> ids, int position, bool all)
    {
        var batch = new LLamaBatch();
        foreach ((int index, int id) in ids.Index())
            batch.Add(id, position + index, LLamaSeqId.Zero, all || index == ids.Count - 1);
        context.Decode(batch).Should().Be(DecodeResult.Ok);
        return [.. Enumerable.Range(0, ids.Count).Skip(all ? 0 : ids.Count - 1)
            .Select(index => context.NativeHandle.GetLogitsIth(index).ToArray())];
    }
}
