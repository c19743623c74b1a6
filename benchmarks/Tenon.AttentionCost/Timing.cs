using System.Diagnostics;
using Tenon.Layers;
using Tenon.Swin;

namespace Tenon.AttentionCost;

/// <summary>Measures attention layers as the architectures run them, in float32 and without gradients.</summary>
/// <param name="layer">The layer.</param>
/// <param name="limit">The longest measurement to start.</param>
/// <param name="rounds">Passes, of which the median is reported.</param>
internal sealed class Timing(Layer layer, TimeSpan limit, int rounds)
{
    // The share of the machine's memory that a measurement may use.
    private const double MemoryShare = 0.6;
    private readonly BuildContext _context = new(torch.CPU, new Autocast());

    /// <summary>Measures grids from the smallest to the largest, as far as they fit into memory and time.</summary>
    /// <param name="grids">Image sizes, tokens and costs.</param>
    /// <param name="progress">Receives each result as text.</param>
    /// <returns>Seconds of a pass by image size, and what did not fit.</returns>
    public (IReadOnlyList<(int ImageSize, double Seconds)> Measured, string? Stopped) Of(
        IEnumerable<GridCost> grids, Action<string> progress)
    {
        List<(int, double)> measured = [];
        (double seconds, double multiplyAdds) = (0, 1);
        foreach ((int imageSize, TokenGrid grid, Cost cost) in grids)
        {
            double expected = seconds * cost.MultiplyAdds / multiplyAdds;
            if (expected > limit.TotalSeconds)
                return (measured, $"{imageSize}² would take about {expected:N0} s");
            // The kernel for long sequences keeps no weights.
            bool plain = Attention.IsPlain(_context.Autocast, DeviceType.CPU, grid.Length, grid.Length);
            double bytes = cost.StateBytes + (plain ? 2 * cost.WeightBytes : 0);
            if (bytes > MemoryShare * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
                return (measured, $"{imageSize}² would take {bytes / (1 << 30):N0} GiB");
            (seconds, multiplyAdds) = (Grid(grid), cost.MultiplyAdds);
            measured.Add((imageSize, seconds));
            progress($"{imageSize}²: {seconds:G3} s");
        }

        return (measured, null);
    }

    /// <summary>Seconds of a pass over a sequence, as in BERT.</summary>
    /// <param name="length">Tokens.</param>
    public double Sequence(long length)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using torch.Generator seeded = torch.manual_seed(1);
        var attention = new SelfAttention(layer.Hidden, layer.Heads, _context, bias: true, initialStd: 0.02, dropout: 0);
        var output = new Linear(layer.Hidden, layer.Hidden, _context);
        Tensor input = torch.randn([1, length, layer.Hidden]);
        return Median(() => output.call(attention.Forward(input, attentionBias: null, prefix: null)));
    }

    private double Grid(TokenGrid grid)
    {
        if (grid.Windows == 1 && grid.Window == grid.Side)
            return Sequence(grid.Length);
        using DisposeScope scope = torch.NewDisposeScope();
        using torch.Generator seeded = torch.manual_seed(1);
        Swin.Windows windows = Swin.Windows.Of(grid.Side, grid.Side, grid.Window, shifted: false);
        var attention = new WindowAttention(
            new TransformerShape(1, layer.Hidden, layer.Heads), grid.Window, new SwinOptions(), _context);
        var output = new Linear(layer.Hidden, layer.Hidden, _context);
        Tensor input = torch.randn([1, grid.Count, layer.Hidden]);
        return Median(() => windows.Join(output.call(attention.Forward(windows.Cut(input), windows.Side, shiftMask: null))));
    }

    private double Median(Func<Tensor> pass)
    {
        using var noGrad = torch.no_grad();
        double first = Seconds(pass);
        // The first pass warms up; long passes need no other.
        double[] all = [.. Enumerable.Range(0, first > limit.TotalSeconds / 10 ? 0 : rounds).Select(_ => Seconds(pass)).Order()];
        return all.Length == 0 ? first : all[all.Length / 2];
    }

    // Short passes are repeated, so that each measurement takes at least 50 ms.
    private static double Seconds(Func<Tensor> pass)
    {
        const double Shortest = 0.05;
        long start = Stopwatch.GetTimestamp();
        for (int passes = 1; ; passes++)
        {
            pass().Dispose();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (seconds >= Shortest)
                return seconds / passes;
        }
    }
}
