using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Tenon.SentenceModel;

/// <summary>
/// Encodes sentences with ONNX Runtime, as the normalized mean of the last hidden states. The package's own encoder splits text
/// differently from BERT's tokenizer (it keeps accents, and some words that BERT splits into characters), so a tokenizer is passed in.
/// </summary>
/// <param name="model">The ONNX file.</param>
/// <param name="tokenizer">BERT's tokenizer.</param>
/// <param name="threads">Number of threads, or 0 for one per core.</param>
internal sealed class OnnxEncoder(string model, ITokenizer tokenizer, int threads = 0) : IDisposable
{
    // max_seq_length of sentence_bert_config.json
    private const int MaximumTokens = 256;

    private const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids", States = "last_hidden_state";

    private readonly InferenceSession _session =
        new(model, new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = threads });

    /// <summary>Returns the vectors of sentences in order, computed in the same batches as Tenon computes them.</summary>
    /// <param name="sentences">The sentences.</param>
    public float[][] Encode(IReadOnlyList<string> sentences)
    {
        const int MaximumRows = 32, MaximumPadded = 1024;
        long[][] ids = [.. sentences.Select(Tokens)];
        int[] sorted = [.. Enumerable.Range(0, ids.Length).OrderByDescending(index => ids[index].Length)];
        var vectors = new float[ids.Length][];
        int count;
        for (int at = 0; at < sorted.Length; at += count)
        {
            count = Math.Min(sorted.Length - at, Math.Clamp(MaximumPadded / ids[sorted[at]].Length, 1, MaximumRows));
            int[] batch = sorted[at..(at + count)];
            Batch([.. batch.Select(index => ids[index])], (row, vector) => vectors[batch[row]] = vector);
        }

        return vectors;
    }

    private void Batch(long[][] ids, Action<int, float[]> found)
    {
        int length = ids.Max(row => row.Length);
        var (padded, mask) = (new long[ids.Length * length], new long[ids.Length * length]);
        foreach ((int row, long[] tokens) in ids.Index())
        {
            tokens.CopyTo(padded, row * length);
            mask.AsSpan(row * length, tokens.Length).Fill(1);
        }

        using OrtValue idValue = Value(padded), maskValue = Value(mask), types = Value(new long[padded.Length]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(
            options, [Ids, Mask, Types], [idValue, maskValue, types], [States]);
        ReadOnlySpan<float> states = outputs[0].GetTensorDataAsSpan<float>(); // [B, T, E]
        int size = states.Length / padded.Length;
        for (int row = 0; row < ids.Length; row++)
        {
            var vector = new float[size];
            for (int token = 0; token < ids[row].Length; token++)
                Add(vector, states.Slice((row * length + token) * size, size));
            float norm = MathF.Sqrt(vector.Sum(value => value * value));
            found(row, Array.ConvertAll(vector, value => value / norm));
        }

        OrtValue Value(long[] values) => OrtValue.CreateTensorValueFromMemory(values, [ids.Length, length]);
    }

    private static void Add(float[] vector, ReadOnlySpan<float> state)
    {
        for (int i = 0; i < vector.Length; i++)
            vector[i] += state[i];
    }

    private long[] Tokens(string sentence)
    {
        TokenFrame frame = tokenizer.Frame();
        return [.. frame.Around(tokenizer.Encode(sentence).Take(MaximumTokens - frame.Count)).Select(id => (long)id)];
    }

    /// <summary>Returns the vector of a sentence.</summary>
    public float[] Encode(string sentence)
    {
        long[] ids = Tokens(sentence);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = _session.Run(
        [
            Input(Ids, ids), Input(Mask, [.. ids.Select(_ => 1L)]), Input(Types, new long[ids.Length]),
        ], [States]);
        float[] states = [.. outputs[0].AsEnumerable<float>()]; // [1, T, E]
        int size = states.Length / ids.Length;
        double[] mean =
            [.. Enumerable.Range(0, size)
                .Select(column => Enumerable.Range(0, ids.Length).Average(row => (double)states[row * size + column]))];
        double length = Math.Sqrt(mean.Sum(value => value * value));
        return [.. mean.Select(value => (float)(value / length))];
    }

    /// <summary>Frees the session.</summary>
    public void Dispose() => _session.Dispose();

    private static NamedOnnxValue Input(string name, long[] values) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(values, [1, values.Length]));
}
