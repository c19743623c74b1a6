using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>
/// The types in which a folder stores weights that are float32 in memory. A model that is written again keeps them, so that a folder
/// in 16 bits stays one.
/// </summary>
internal sealed class StoredTypes
{
    private readonly Dictionary<string, ScalarType> _types;

    /// <summary>Takes the types of a file's tensors.</summary>
    /// <param name="tensors">The tensors, by their names in the module.</param>
    public StoredTypes(IEnumerable<KeyValuePair<string, SafetensorInfo>> tensors)
    {
        Dictionary<string, SafetensorInfo> found = tensors.ToDictionary(StringComparer.Ordinal);
        _types = found.ToDictionary(entry => entry.Key, entry => TypeOf(entry.Value), StringComparer.Ordinal);
        Main = found.GroupBy(entry => TypeOf(entry.Value), entry => entry.Value.Shape.Aggregate(1L, (product, size) => product * size))
            .OrderByDescending(group => group.Sum()).Select(group => group.Key).FirstOrDefault(ScalarType.Float32);
    }

    /// <summary>The type of most weights; also that of weights that the file does not have, such as a head that an adapter adds.</summary>
    public ScalarType Main { get; }

    /// <summary>PyTorch's name of <see cref="Main"/>, as in <c>torch_dtype</c>.</summary>
    public string Name => Main.ToString().ToLowerInvariant();

    /// <summary>Returns weights in the types of the file, those that change in the current dispose scope.</summary>
    /// <param name="weights">Weights by name; not modified.</param>
    /// <exception cref="ModelException">A weight is too large for float16.</exception>
    public IReadOnlyDictionary<string, Tensor> Restore(IReadOnlyDictionary<string, Tensor> weights) =>
        weights.ToDictionary(entry => entry.Key, entry => Restore(entry.Key, entry.Value), StringComparer.Ordinal);

    private Tensor Restore(string name, Tensor weight)
    {
        ScalarType type = _types.GetValueOrDefault(name, Main);
        if (weight.dtype != ScalarType.Float32 || type == ScalarType.Float32)
            return weight;
        using var untracked = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = weight.to(type);
        if (type == ScalarType.Float16 && !stored.isfinite().all().item<bool>())
        {
            throw new ModelException($"The weight '{name}' cannot be written in float16, the type of the folder's weights, because it " +
                $"contains {weight.abs().max().item<float>()}. Use a copy of the folder whose weights are bfloat16 or float32.");
        }

        return stored.MoveToOuterDisposeScope();
    }

    private static ScalarType TypeOf(SafetensorInfo info) => info.DType switch
    {
        SafetensorsDType.F16 => ScalarType.Float16,
        SafetensorsDType.BF16 => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };
}
