using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Tenon.SentenceModel;

/// <summary>
/// The sentence encoder on ONNX Runtime: the normalized mean of the last hidden states. The package's own encoder splits text
/// unlike BERT's tokenizer (it keeps accents, and words of several characters where BERT has single ones), so the ids are given.
/// </summary>
/// <param name="model">Content of the ONNX file.</param>
/// <param name="tokenizer">BERT's.</param>
internal sealed class OnnxEncoder(byte[] model, ITokenizer tokenizer) : IDisposable
{
    // max_seq_length of sentence_bert_config.json
    private const int MaximumTokens = 256;

    private readonly InferenceSession _session = new(model);

    /// <summary>The vector of a sentence.</summary>
    public float[] Encode(string sentence)
    {
        TokenFrame frame = tokenizer.Frame();
        long[] ids = [.. frame.Around(tokenizer.Encode(sentence).Take(MaximumTokens - frame.Count)).Select(id => (long)id)];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = _session.Run(
        [
            Input("input_ids", ids), Input("attention_mask", [.. ids.Select(_ => 1L)]), Input("token_type_ids", new long[ids.Length]),
        ], ["last_hidden_state"]);
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
