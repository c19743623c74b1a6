using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>Collects all differences between a file's tensors and the expected ones for a single message.</summary>
internal sealed class TensorMismatches
{
    private const int Shown = 12;
    private readonly List<string> _missing = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _different = [];

    /// <summary>Whether there are differences.</summary>
    public bool Any => _missing.Count + _unexpected.Count + _different.Count > 0;

    /// <summary>The missing tensors.</summary>
    public IReadOnlyList<string> AllMissing => _missing;

    /// <summary>The unexpected tensors.</summary>
    public IReadOnlyList<string> AllUnexpected => _unexpected;

    /// <summary>Records a missing tensor.</summary>
    public void Missing(string name) => _missing.Add(name);

    /// <summary>Records an unexpected tensor.</summary>
    public void Unexpected(string name) => _unexpected.Add(name);

    /// <summary>Records a tensor that differs.</summary>
    public void Different(string name, string how) => _different.Add($"{name} ({how})");

    /// <summary>Records a tensor if its shape or type is not the expected one.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="found">The tensor in the file.</param>
    /// <param name="wanted">The tensor to fill.</param>
    /// <param name="convertFloats">Whether other floating-point types are accepted.</param>
    /// <param name="wholeShape">The expected shape, if the tensor to fill is a part of the one in the file; otherwise null.</param>
    /// <returns>Whether it matches.</returns>
    public bool Compare(string name, SafetensorInfo found, Tensor wanted, bool convertFloats, IReadOnlyList<long>? wholeShape = null)
    {
        IReadOnlyList<long> shape = wholeShape ?? wanted.shape;
        if (!shape.SequenceEqual(found.Shape))
            Different(name, $"[{string.Join(", ", found.Shape)}] in the file, [{string.Join(", ", shape)}] in the model");
        else if (!SameType(found.DType, wanted, convertFloats))
            Different(name, $"{found.DType} in the file, {wanted.dtype} in the model");
        else
            return true;
        return false;
    }

    /// <summary>Returns one sentence per kind of difference.</summary>
    public override string ToString() => string.Join(" ", new[]
    {
        List("Missing", _missing), List("Unknown to the model", _unexpected), List("Different shape or type", _different),
    }.Where(sentence => sentence.Length > 0));

    private static bool SameType(SafetensorsDType found, Tensor wanted, bool convertFloats)
    {
        ReadOnlySpan<SafetensorsDType> floats = [SafetensorsDType.F16, SafetensorsDType.BF16, SafetensorsDType.F32, SafetensorsDType.F64];
        if (convertFloats && wanted.is_floating_point())
            return floats.Contains(found);
        return found == wanted.dtype switch
        {
            ScalarType.Bool => SafetensorsDType.Bool,
            ScalarType.Byte => SafetensorsDType.U8,
            ScalarType.Int8 => SafetensorsDType.I8,
            ScalarType.Int16 => SafetensorsDType.I16,
            ScalarType.Int32 => SafetensorsDType.I32,
            ScalarType.Int64 => SafetensorsDType.I64,
            ScalarType.Float16 => SafetensorsDType.F16,
            ScalarType.BFloat16 => SafetensorsDType.BF16,
            ScalarType.Float32 => SafetensorsDType.F32,
            ScalarType.Float64 => SafetensorsDType.F64,
            ScalarType.ComplexFloat32 => SafetensorsDType.C64,
            _ => (SafetensorsDType)(-1),
        };
    }

    /// <summary>Sorted names for a message, up to a maximum number.</summary>
    /// <param name="names">Names of tensors.</param>
    public static string Some(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Order(StringComparer.Ordinal).Take(Shown))
            + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");

    private static string List(string what, List<string> names) => names.Count == 0 ? "" : $"{what}: {Some(names)}.";
}
