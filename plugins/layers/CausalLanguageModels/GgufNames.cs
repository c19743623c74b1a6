using System.Globalization;

namespace Tenon.Layers;

/// <summary>
/// Maps the names of an architecture's layers in the state dictionary to those in llama.cpp: <c>self_attn.q_proj</c> is
/// <c>attn_q</c>.
/// </summary>
/// <param name="blocks">Prefix of the blocks in the state dictionary: <c>model.layers.</c></param>
/// <param name="outside">The layers outside the blocks.</param>
/// <param name="inside">The layers of a block, without <c>model.layers.0.</c></param>
public sealed class GgufNames(string blocks, IReadOnlyDictionary<string, string> outside, IReadOnlyDictionary<string, string> inside)
{
    /// <summary>Maps each tensor of a module's state dictionary.</summary>
    /// <param name="module">The model.</param>
    public Dictionary<string, GgufTensor> Map(torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        HashSet<string> transposed = [.. module.named_modules().Where(entry => entry.module is ILinearMap { Transposed: true })
            .Select(entry => $"{entry.name}.weight")];
        return module.state_dict().Keys.ToDictionary(
            name => name, name => new GgufTensor(Find(name)) { IsTransposed = transposed.Contains(name) }, StringComparer.Ordinal);
    }

    private string Find(string name)
    {
        int end = name.LastIndexOf('.');
        (string layer, string part) = (name[..end], name[end..]);
        if (!layer.StartsWith(blocks, StringComparison.Ordinal))
            return outside[layer] + part;
        string[] indexed = layer[blocks.Length..].Split('.', 2);
        return string.Create(CultureInfo.InvariantCulture, $"blk.{indexed[0]}.{inside[indexed[1]]}{part}");
    }
}
