namespace Tenon.Layers.Tests;

/// <summary>
/// GPT-NeoX as Black et al. (2022, section 2.1) describe it, written as sums and products of its weights, without any of
/// Tenon's layers: the parallel residual x + Attention(LN₁(x)) + MLP(LN₂(x)), and rotary positions as a rotation matrix for
/// each position, which leaves the last dimensions of a head alone.
/// </summary>
/// <param name="weights">By transformers' names.</param>
/// <param name="layers">Number of blocks.</param>
/// <param name="heads">Heads in each.</param>
/// <param name="rotated">Rotated dimensions of each head.</param>
internal sealed class NeoXFormula(IReadOnlyDictionary<string, Tensor> weights, int layers, int heads, int rotated)
{
    private const double Epsilon = 1e-5, Theta = 10_000;

    /// <summary>Logits of one sequence, [T, V].</summary>
    /// <param name="ids">Its tokens.</param>
    public Tensor Logits(long[] ids)
    {
        Tensor x = weights["gpt_neox.embed_in.weight"][torch.tensor(ids)]; // [T, E]
        for (int layer = 0; layer < layers; layer++)
        {
            string block = $"gpt_neox.layers.{layer}";
            Tensor attended = Attention($"{block}.attention", Norm($"{block}.input_layernorm", x));
            Tensor wide = Map($"{block}.mlp.dense_h_to_4h", Norm($"{block}.post_attention_layernorm", x));
            Tensor gelu = wide * 0.5 * (1 + (wide / Math.Sqrt(2)).erf());
            x = x + attended + Map($"{block}.mlp.dense_4h_to_h", gelu);
        }

        return torch.mm(Norm("gpt_neox.final_layer_norm", x), weights["embed_out.weight"].t());
    }

    /// <summary>The mean of −log p(next token), over several sequences of one length.</summary>
    /// <param name="rows">Tokens and the last target.</param>
    public Tensor Loss(long[][] rows)
    {
        Tensor sum = torch.zeros([], torch.ScalarType.Float64);
        foreach (long[] row in rows)
        {
            Tensor logits = Logits(row[..^1]);
            Tensor probabilities = logits.exp() / logits.exp().sum(1L, keepdim: true);
            for (int t = 0; t + 1 < row.Length; t++)
                sum = sum - probabilities[t, row[t + 1]].log();
        }

        return sum / rows.Sum(row => row.Length - 1);
    }

    private Tensor Attention(string name, Tensor x)
    {
        (long length, long size) = (x.size(0), x.size(1) / heads);
        Tensor joined = Map($"{name}.query_key_value", x); // [T, 3E]
        var results = new List<Tensor>();
        for (int head = 0; head < heads; head++)
        {
            Tensor Part(int index) => joined.narrow(1, (3 * head + index) * size, size); // [T, D]
            (Tensor query, Tensor key, Tensor value) = (Rotate(Part(0)), Rotate(Part(1)), Part(2));
            var rows = new List<Tensor>();
            for (int t = 0; t < length; t++)
            {
                Tensor scores = torch.mv(key.narrow(0, 0, t + 1), query[t]) / Math.Sqrt(size); // [t + 1]
                Tensor attention = scores.exp() / scores.exp().sum();
                rows.Add(torch.mv(value.narrow(0, 0, t + 1).t(), attention)); // [D]
            }

            results.Add(torch.stack(rows, 0));
        }

        return Map($"{name}.dense", torch.cat(results, 1));
    }

    // Each row times the rotation matrix of its position.
    private Tensor Rotate(Tensor rows)
    {
        int size = (int)rows.size(1);
        var turned = new List<Tensor>();
        for (int position = 0; position < rows.size(0); position++)
        {
            var matrix = new double[size, size];
            for (int i = 0; i < size; i++)
                matrix[i, i] = 1;
            for (int pair = 0; pair < rotated / 2; pair++)
            {
                double angle = position * Math.Pow(Theta, -2.0 * pair / rotated);
                int other = pair + rotated / 2;
                (matrix[pair, pair], matrix[pair, other]) = (Math.Cos(angle), -Math.Sin(angle));
                (matrix[other, pair], matrix[other, other]) = (Math.Sin(angle), Math.Cos(angle));
            }

            turned.Add(torch.mv(torch.tensor(matrix), rows[position]));
        }

        return torch.stack(turned, 0);
    }

    private Tensor Norm(string name, Tensor x)
    {
        Tensor centered = x - x.mean([1L], keepdim: true);
        Tensor variance = (centered * centered).mean([1L], keepdim: true);
        return centered / (variance + Epsilon).sqrt() * weights[$"{name}.weight"] + weights[$"{name}.bias"];
    }

    private Tensor Map(string name, Tensor x) => torch.mm(x, weights[$"{name}.weight"].t()) + weights[$"{name}.bias"];
}
