using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Kernels;

/// <summary>Strides of a tensor of heads, in values.</summary>
/// <param name="Row">From one sequence to the next.</param>
/// <param name="Head">From one head to the next.</param>
/// <param name="Token">From one token to the next.</param>
internal readonly record struct HeadStrides(nint Row, nint Head, nint Token);

/// <summary>
/// Attention of many queries in float32 on the CPU, softmax(scale·Q·Kᵀ + bias)·V per head, with the inner loops of
/// <see cref="PanelMatrixProduct"/>. The heads of a sentence are so small that torch's overhead per product exceeds the time of the
/// product itself. With fewer key/value heads than query heads, each key/value head serves a group of consecutive query heads. The
/// result does not depend on the number of threads.
/// </summary>
/// <param name="Query">float32 [B, Hq, Tq, D], contiguous in the last dimension.</param>
/// <param name="Key">float32 [B, H, Tk, D], contiguous in the last dimension.</param>
/// <param name="Value">float32 [B, H, Tk, D], contiguous in the last dimension.</param>
/// <param name="Bias">
/// float32 [B, Hq, Tq, Tk], contiguous in the last dimension, with a stride of 0 in dimensions that it is broadcast to; or 0 for
/// no bias.
/// </param>
/// <param name="Result">float32 [B, Tq, Hq, D], written.</param>
internal sealed unsafe record TiledAttention(nint Query, nint Key, nint Value, nint Bias, nint Result)
{
    /// <summary>Sequences, B.</summary>
    public required int Rows { get; init; }

    /// <summary>Query heads, Hq, a multiple of H.</summary>
    public required int QueryHeads { get; init; }

    /// <summary>Key/value heads, H.</summary>
    public required int Heads { get; init; }

    /// <summary>Queries per sequence, Tq.</summary>
    public required int Queries { get; init; }

    /// <summary>Keys per sequence, Tk.</summary>
    public required int Keys { get; init; }

    /// <summary>Head size, D.</summary>
    public required int Size { get; init; }

    /// <summary>Scale of the attention scores.</summary>
    public required float Scale { get; init; }

    /// <summary>Strides of the queries.</summary>
    public required HeadStrides QueryStrides { get; init; }

    /// <summary>Strides of the keys.</summary>
    public required HeadStrides KeyStrides { get; init; }

    /// <summary>Strides of the values.</summary>
    public required HeadStrides ValueStrides { get; init; }

    /// <summary>Strides of the bias, whose <see cref="HeadStrides.Token"/> goes from one query to the next.</summary>
    public HeadStrides BiasStrides { get; init; }

    /// <summary>Computes the attention.</summary>
    /// <param name="threads">Maximum number of threads.</param>
    public void Run(int threads)
    {
        if (Avx512F.IsSupported)
            Run<Avx512Tile>(threads);
        else
            Run<Avx2Tile>(threads);
    }

    /// <summary>Computes the attention with a given tile.</summary>
    /// <typeparam name="TTile">The tile.</typeparam>
    /// <param name="threads">Maximum number of threads.</param>
    public void Run<TTile>(int threads)
        where TTile : struct, IProductTile =>
        WorkSharing.Do(threads, Rows * Heads, part => Head<TTile>(part / Heads, part % Heads));

    // Computes one key/value head for all the query heads that it serves, so that keys and values are packed once.
    private void Head<TTile>(int row, int head)
        where TTile : struct, IProductTile
    {
        int columns = TTile.Columns, height = TTile.Rows;
        int width = (Keys + columns - 1) / columns * columns, wide = (Size + columns - 1) / columns * columns;
        int deepest = Math.Max(Size, Keys);
        using var memory = new Workspace(width * Size + wide * Keys + height * (deepest + width + wide) + columns);
        float* keys = (float*)memory.At(0), values = keys + width * Size, packed = values + wide * Keys;
        float* scores = packed + height * deepest, mixed = scores + height * width, zeros = mixed + height * wide;
        new Span<float>(zeros, columns).Clear();

        float* key = (float*)Key + row * KeyStrides.Row + head * KeyStrides.Head;
        for (int at = 0; at < Keys; at += columns)
        {
            ProductPacking.Transposed<Float32Format>(
                (byte*)(key + at * KeyStrides.Token), KeyStrides.Token, null, Math.Min(columns, Keys - at), Size, keys + at * Size,
                columns);
        }

        float* value = (float*)Value + row * ValueStrides.Row + head * ValueStrides.Head;
        for (int at = 0; at < Size; at += columns)
            ProductPacking.Columns(value + at, ValueStrides.Token, Math.Min(columns, Size - at), Keys, values + at * Keys, columns);

        int group = QueryHeads / Heads;
        for (int queryHead = head * group; queryHead < (head + 1) * group; queryHead++)
        {
            for (int first = 0; first < Queries; first += height)
            {
                int count = Math.Min(height, Queries - first);
                float* query = (float*)Query + row * QueryStrides.Row + queryHead * QueryStrides.Head + first * QueryStrides.Token;
                ProductPacking.Rows(query, QueryStrides.Token, count, Size, packed, height);
                for (int at = 0; at < width; at += columns)
                    TTile.Multiply(packed, keys + at * Size, Size, zeros, 0, scores + at, width);
                for (int i = 0; i < count; i++)
                    Weights(scores + i * width, BiasOf(row, queryHead, first + i), width);
                ProductPacking.Rows(scores, width, count, Keys, packed, height);
                for (int at = 0; at < wide; at += columns)
                    TTile.Multiply(packed, values + at * Keys, Keys, zeros, 0, mixed + at, wide);
                for (int i = 0; i < count; i++)
                {
                    float* result = (float*)Result + (((nint)row * Queries + first + i) * QueryHeads + queryHead) * Size;
                    new ReadOnlySpan<float>(mixed + i * wide, Size).CopyTo(new Span<float>(result, Size));
                }
            }
        }
    }

    private float* BiasOf(int row, int head, int query) =>
        Bias == 0 ? null : (float*)Bias + row * BiasStrides.Row + head * BiasStrides.Head + query * BiasStrides.Token;

    // Turns scores into weights in place. The width is a multiple of the vector length, so weights beyond the last key become 0.
    private void Weights(float* scores, float* bias, int width)
    {
        int at = 0;
        for (; at <= Keys - RowFunctions.Lanes; at += RowFunctions.Lanes)
        {
            Vector256<float> scaled = Vector256.Load(scores + at) * Scale;
            (bias is null ? scaled : scaled + Vector256.Load(bias + at)).Store(scores + at);
        }

        for (; at < Keys; at++)
            scores[at] = scores[at] * Scale + (bias is null ? 0 : bias[at]);
        new Span<float>(scores + Keys, width - Keys).Fill(float.NegativeInfinity);
        float share = 1 / RowFunctions.Exponentials(scores, width);
        for (at = 0; at < width; at += RowFunctions.Lanes)
            (Vector256.Load(scores + at) * share).Store(scores + at);
    }
}
