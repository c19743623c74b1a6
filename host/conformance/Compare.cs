using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>How checks compare tensors, and how they say what they found.</summary>
internal static class Compare
{
    /// <summary>Largest difference in relation to the largest value; infinite when shapes differ or a value is no number.</summary>
    public static double Difference(Tensor a, Tensor b)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!a.shape.SequenceEqual(b.shape))
            return double.PositiveInfinity;
        if (a.numel() == 0)
            return 0;
        Tensor x = a.detach().to(ScalarType.Float64), y = b.detach().to(ScalarType.Float64);
        double difference = (x - y).abs().max().cpu().item<double>();
        return double.IsFinite(difference) ? difference / Math.Max(1, y.abs().max().cpu().item<double>()) : double.PositiveInfinity;
    }

    /// <summary>Kept when two tensors are equal within a tolerance.</summary>
    public static Verdict Near(Tensor found, Tensor wanted, double tolerance, string what) => Difference(found, wanted) is var difference && difference <= tolerance
        ? Verdict.Kept
        : Verdict.Broken(found.shape.SequenceEqual(wanted.shape)
            ? string.Create(CultureInfo.InvariantCulture, $"{what} differ by {difference:g3} of the largest value; allowed is {tolerance:g3}.")
            : $"{what} have the shapes {Shape(found)} and {Shape(wanted)}.");

    /// <summary>Kept when a tensor has a shape and is float32.</summary>
    public static Verdict Has(Tensor found, string what, params long[] shape) =>
        found.shape.SequenceEqual(shape) && found.dtype == ScalarType.Float32
            ? Verdict.Kept
            : Verdict.Broken($"{what} is {found.dtype} {Shape(found)}; it has to be Float32 [{string.Join(", ", shape)}].");

    /// <summary>The first that is broken, or kept.</summary>
    public static Verdict All(params IEnumerable<Verdict> verdicts) => verdicts.FirstOrDefault(v => v.Outcome != CheckOutcome.Passed) ?? Verdict.Kept;

    /// <summary>A shape in brackets.</summary>
    public static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    /// <summary>The first names of a list, and how many more there are.</summary>
    public static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    /// <summary>Names and shapes of a state dictionary.</summary>
    public static IReadOnlyList<string> Layout(nn.Module module)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. module.state_dict().Select(entry => $"{entry.Key} {Shape(entry.Value)}").Order(StringComparer.Ordinal)];
    }

    /// <summary>What one layout has and the other has not.</summary>
    public static Verdict Same(IReadOnlyList<string> found, IReadOnlyList<string> wanted, string what)
    {
        List<string> differences = [.. found.Except(wanted).Select(n => $"+{n}"), .. wanted.Except(found).Select(n => $"-{n}")];
        return differences.Count == 0 ? Verdict.Kept : Verdict.Broken($"{what}: {Some(differences)}.");
    }
}
