using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>Tensor comparisons of checks and their messages.</summary>
internal static class Compare
{
    /// <summary>Returns the maximum difference relative to the maximum value; infinite when shapes differ or a value is NaN.</summary>
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

    /// <summary>Passed if two tensors are equal within a tolerance.</summary>
    public static Verdict Near(Tensor found, Tensor wanted, double tolerance, string what) =>
        Difference(found, wanted) is var difference && difference <= tolerance
        ? Verdict.Passed
        : Verdict.Fail(found.shape.SequenceEqual(wanted.shape)
            ? string.Create(CultureInfo.InvariantCulture,
                $"{what} differ by {difference:g3} of the largest value; at most {tolerance:g3} is allowed.")
            : $"{what} have the shapes {Shape(found)} and {Shape(wanted)}.");

    /// <summary>Passed if a tensor has the shape and is float32.</summary>
    public static Verdict Has(Tensor found, string what, params long[] shape) =>
        found.shape.SequenceEqual(shape) && found.dtype == ScalarType.Float32
            ? Verdict.Passed
            : Verdict.Fail($"{what} is {found.dtype} {Shape(found)}; it must be Float32 [{string.Join(", ", shape)}].");

    /// <summary>Returns the first failure, or passed.</summary>
    public static Verdict All(params IEnumerable<Verdict> verdicts) =>
        verdicts.FirstOrDefault(v => v.Outcome != CheckOutcome.Passed) ?? Verdict.Passed;

    /// <summary>Returns a shape in brackets.</summary>
    public static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    /// <summary>Returns the first few names of a list and how many more there are.</summary>
    public static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    /// <summary>Returns the names and shapes of a state dictionary.</summary>
    public static IReadOnlyList<string> Layout(nn.Module module)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. module.state_dict().Select(entry => $"{entry.Key} {Shape(entry.Value)}").Order(StringComparer.Ordinal)];
    }

    /// <summary>Differences between two layouts.</summary>
    public static Verdict Same(IReadOnlyList<string> found, IReadOnlyList<string> wanted, string what)
    {
        List<string> differences = [.. found.Except(wanted).Select(n => $"+{n}"), .. wanted.Except(found).Select(n => $"-{n}")];
        return differences.Count == 0 ? Verdict.Passed : Verdict.Fail($"{what}: {Some(differences)}.");
    }
}
