using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Conformance.Parity;

/// <summary>Compares tensors one by one and collects the rows.</summary>
/// <param name="tolerance">As for <see cref="ParityCheck.Run"/>.</param>
internal sealed class ParityComparison(double tolerance)
{
    private readonly List<ParityRow> _rows = [];

    /// <summary>Names of what could not be compared.</summary>
    public List<string> NotCompared { get; } = [];

    /// <summary>Assumptions made in the comparison.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Returns the rows so far.</summary>
    public ParityReport Report() => new(_rows, NotCompared) { Remarks = Remarks };

    /// <summary>Adds a row for a tensor that is missing or has a different type.</summary>
    public void Fail(string name, ParityKind kind, Tensor reference, string why) =>
        _rows.Add(new ParityRow(name, kind, reference.shape, double.NaN, Largest(reference), false, why));

    /// <summary>Adds a row.</summary>
    public void Add(string name, ParityKind kind, Tensor found, Tensor reference)
    {
        if (!found.shape.SequenceEqual(reference.shape))
        {
            Fail(name, kind, reference, $"the model's tensor has the shape [{string.Join(", ", found.shape)}]");
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        bool exact = !reference.is_floating_point();
        Tensor expected = reference.to(torch.ScalarType.Float64);
        Tensor actual = found.detach().cpu().to(torch.ScalarType.Float64);
        // Equal infinities count as equal, although their difference is NaN.
        double difference = Largest(torch.where(actual.eq(expected), torch.zeros_like(expected), actual - expected));
        double largest = Largest(expected);
        _rows.Add(new ParityRow(name, kind, reference.shape, difference, largest,
            difference <= (exact ? 0 : tolerance * Math.Max(1, largest))));
    }

    private static double Largest(Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return tensor.numel() == 0 ? 0 : tensor.to(torch.ScalarType.Float64).abs().max().item<double>();
    }
}
