using System.Diagnostics;
using Spectre.Console;
using Tenon.Kernels;
using Tenon.Layers;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Benchmarks;

/// <summary>Compares each hand-written kernel with the plain TorchSharp expression, in pairs of runs.</summary>
internal static class KernelsSection
{
    private const int Pairs = 200;
    private const int WarmUp = 5;

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        using IDisposable device = Case.Open("cpu", "fp32", settings.Threads);
        using torch.Generator seeded = torch.manual_seed(1);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Table table = Settings.Table(
            $"kernels, {settings.Threads} threads, medians of {settings.Steps ?? Pairs} paired runs",
            "kernel", "work", "kernel, µs", "TorchSharp, µs", "gain");
        foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
            Product(format, rows: 1);
        Product(WeightFormat.Fp32, rows: 8);
        foreach (int rows in new[] { 9, 23, 64, 736 })
            Panels(rows);
        foreach (int tokens in new[] { 23, 256 })
            AttendMany(tokens);
        Attend();
        Loss(torch.ScalarType.Float32);
        Loss(torch.ScalarType.BFloat16);
        Tensor x = torch.randn([8, 256, 1536]);
        Add("dropout mask", "8 × 256 × 1536 elements", () => Dropout.Apply(x, 0.1, training: true),
            () => F.dropout(x, 0.1, training: true));
        Norm();
        foreach (torch.ScalarType type in new[] { torch.ScalarType.Float32, torch.ScalarType.BFloat16 })
        {
            RmsNorms(type);
            Rotations(type);
            Gates(type);
            Weights(type);
        }

        Settings.Show(table);

        void Product(WeightFormat format, int rows)
        {
            Tensor weight = torch.randn([3072, 768]), bias = torch.randn([3072]), input = torch.randn([rows, 768]);
            PackedWeight packed = PackedWeight.Of(weight, bias, format);
            Add($"skinny matrix product, {format.ToString().ToLowerInvariant()}", $"[{rows}, 768] × [768, 3072]",
                () => packed.Apply(input), () => F.linear(input, weight, bias));
            packed.Dispose();
        }

        void Panels(int rows)
        {
            Tensor weight = torch.randn([1536, 384]), bias = torch.randn([1536]), input = torch.randn([rows, 384]);
            var autocast = new Autocast();
            Add("panel matrix product", $"[{rows}, 384] × [384, 1536]",
                () => Linear.Apply(input, weight, bias, autocast), () => F.linear(input, weight, bias));
        }

        void AttendMany(int tokens)
        {
            const int rows = 32, heads = 12, size = 32;
            Tensor[] qkv = [.. Enumerable.Range(0, 3).Select(_ => MultiHead.Split(torch.randn([rows, tokens, heads * size]), size))];
            Tensor bias = torch.zeros([rows, 1, 1, tokens]);
            var autocast = new Autocast();
            Add("tiled attention", $"{rows} sequences, {heads} heads of {size}, {tokens} tokens",
                () => MultiHead.Merge(Attention.Apply(qkv[0], qkv[1], qkv[2], autocast, bias)),
                () => MultiHead.Merge(
                    torch.matmul((torch.matmul(qkv[0] / Math.Sqrt(size), qkv[1].transpose(2, 3)) + bias).softmax(-1), qkv[2])));
        }

        void Attend()
        {
            const int rows = 1, heads = 12, size = 64, past = 512;
            Tensor query = torch.randn([rows, heads, 1, size]), key = torch.randn([rows, heads, 1, size]),
                value = torch.randn([rows, heads, 1, size]);
            Tensor keys = torch.randn([rows, heads, past + 1, size]), values = torch.randn([rows, heads, past + 1, size]);
            Tensor result = torch.empty([rows, heads * size]);
            var kernel = new CachedAttention(
                TensorAddress.Of(query), TensorAddress.Of(key), TensorAddress.Of(value), TensorAddress.Of(keys), TensorAddress.Of(values),
                TensorAddress.Of(result))
            {
                QueryHeads = heads,
                Heads = heads,
                Size = size,
                QueryStride = heads * size,
                KeyStride = heads * size,
                Slots = past + 1,
                PrefixLength = 0,
                Lengths = [past],
                Scale = 0.125f,
            };
            Add("cached attention", $"{heads} heads of {size}, {past} past tokens", () => kernel.Run(settings.Threads), () =>
            {
                keys.narrow(2, past, 1).copy_(key);
                values.narrow(2, past, 1).copy_(value);
                F.scaled_dot_product_attention(query, keys, values);
            });
        }

        void Loss(torch.ScalarType type)
        {
            Tensor logits = torch.randn([512, 50257]).to(type), labels = torch.randint(50257, [512], torch.ScalarType.Int64);
            Tensor copy = logits.clone(), index = labels.unsqueeze(1), minusOne = torch.full_like(index, -1, torch.ScalarType.Float32);
            // Each variant reads the logits and writes loss and gradient; the kernel overwrites the logits.
            Add($"cross-entropy, {Name(type)}", "512 rows of 50,257 logits",
                () => CrossEntropyKernel.Sum(copy, labels, 1 / 512f),
                () =>
                {
                    Tensor wide = logits.to(torch.ScalarType.Float32);
                    F.cross_entropy(wide, labels).item<float>();
                    wide.softmax(-1).scatter_add_(1, index, minusOne).div_(512).to(type);
                });
        }

        void Norm()
        {
            Tensor input = torch.randn([1, 768]), weight = torch.randn([768]), bias = torch.randn([768]), result = torch.empty([1, 768]);
            Add("layer norm of a row", "768 numbers",
                () => RowFunctions.LayerNorm(
                    TensorAddress.Of(input), TensorAddress.Of(weight), TensorAddress.Of(bias), 1e-5f, TensorAddress.Of(result), 1, 768),
                () => F.layer_norm(input, [768], weight, bias, 1e-5));
        }

        // The next four with their gradients.
        void RmsNorms(torch.ScalarType type)
        {
            Tensor input = torch.randn([2048, 384]).requires_grad_(), cotangent = torch.randn([2048, 384]).to(type);
            var norm = new RmsNorm(384, 1e-5, new BuildContext(torch.CPU, new Autocast { Type = type })) { FeedsMaps = true };
            Tensor weight = norm.get_parameter("weight")!;
            Trained($"RMS norm, {Name(type)}", "2,048 rows of 384", cotangent, () => norm.call(input),
                () => (input * (input.square().mean([-1L], keepdim: true) + 1e-5).rsqrt() * weight).to(type));
        }

        void Rotations(torch.ScalarType type)
        {
            Tensor map = torch.randn([8, 256, 6 * 64]).to(type).requires_grad_(), cotangent = torch.randn([8, 6, 256, 64]).to(type);
            var rotary = new RotaryPositions(64);
            Tensor rotations = rotary.At(torch.arange(256)), cos = rotations[0].to(type), sin = rotations[1].to(type);
            Trained($"rotation, {Name(type)}", "8 × 6 heads of 64, 256 tokens", cotangent,
                () => rotary.Rotate(MultiHead.Split(map, 64), rotations),
                () =>
                {
                    Tensor heads = MultiHead.Split(map, 64), first = heads.narrow(3, 0, 32), second = heads.narrow(3, 32, 32);
                    return torch.cat([first * cos - second * sin, second * cos + first * sin], 3);
                });
        }

        void Gates(torch.ScalarType type)
        {
            Tensor gate = torch.randn([2048, 1024]).to(type).requires_grad_(), up = torch.randn([2048, 1024]).to(type).requires_grad_();
            Tensor cotangent = torch.randn([2048, 1024]).to(type);
            Add($"SwiGLU, {Name(type)}", "2,048 × 1,024 elements",
                () =>
                {
                    SwiGluKernel.Apply(gate, up, torch.empty_like(gate));
                    SwiGluKernel.Gradients(cotangent, gate, up, torch.empty_like(gate), torch.empty_like(up));
                },
                () => Train(() => F.silu(gate) * up, cotangent));
        }

        void Weights(torch.ScalarType type)
        {
            Tensor scores = torch.randn([8, 6, 256, 256]).to(type).requires_grad_(), cotangent = torch.randn([8, 6, 256, 256]).to(type);
            Tensor bias = AttentionMask.Create(256, 256, causal: true, keyMask: null, type, torch.CPU)!;
            Tensor weights = torch.empty_like(scores);
            Add($"masked softmax, {Name(type)}", "8 × 6 heads, 256 tokens, causal",
                () =>
                {
                    MaskedSoftmaxKernel.Apply(scores, bias, weights);
                    MaskedSoftmaxKernel.Gradient(cotangent, weights, torch.empty_like(scores));
                },
                () => Train(() => (scores + bias).softmax(-1), cotangent));
        }

        void Trained(string name, string work, Tensor cotangent, Func<Tensor> kernel, Func<Tensor> plain) =>
            Add(name, work, () => Train(kernel, cotangent), () => Train(plain, cotangent));

        static void Train(Func<Tensor> function, Tensor cotangent)
        {
            using (torch.enable_grad())
                function().backward([cotangent]);
        }

        static string Name(torch.ScalarType type) => type == torch.ScalarType.Float32 ? "fp32" : "bf16";

        void Add(string name, string work, Action kernel, Action plain)
        {
            var kernels = new List<double>();
            var plains = new List<double>();
            for (int pair = -WarmUp; pair < (settings.Steps ?? Pairs); pair++)
            {
                // The order of the two alternates.
                (double own, double torchs) = pair % 2 == 0 ? (Time(kernel), Time(plain)) : Reversed(Time(plain), Time(kernel));
                if (pair < 0)
                    continue;
                kernels.Add(own);
                plains.Add(torchs);
            }

            double gain = CaseResult.Middle([.. plains.Zip(kernels, (torchs, own) => torchs / own)]);
            table.AddRow(
                name, Markup.Escape(work), $"{CaseResult.Middle([.. kernels]):N1}", $"{CaseResult.Middle([.. plains]):N1}", $"{gain:F2}");
        }

        static (double, double) Reversed(double plain, double kernel) => (kernel, plain);
    }

    private static double Time(Action action)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }
}
