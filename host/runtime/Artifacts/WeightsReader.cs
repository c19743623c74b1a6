using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>Mapping between the tensors of a file and those of a module.</summary>
/// <param name="Rename">Maps a tensor's name in the file to its name in the module; null: not a weight, skip it.</param>
/// <param name="IsHead">Which tensors of the module may differ and then keep their values. Null: none.</param>
/// <param name="Adapt">Converts a tensor to another shape, or returns null; null: never.</param>
internal sealed record WeightsFit(
    Func<string, string?> Rename, Func<string, bool>? IsHead = null, Func<string, Tensor, IReadOnlyList<long>, Tensor?>? Adapt = null);

/// <summary>Reads weights into a module, strictly: every tensor of the module is filled, every tensor of the file is used.</summary>
internal static class WeightsReader
{
    private const string Index = ".index.json";

    /// <summary>Fills a module. Nothing is changed unless all tensors match.</summary>
    /// <param name="file">
    /// A safetensors file, or an index of several (<c>model.safetensors.index.json</c>), which is also tried if the file does not exist.
    /// </param>
    /// <param name="module">Its state dictionary is filled in place; float16 and bfloat16 are converted to its type.</param>
    /// <param name="fit">Names, and the allowed differences.</param>
    /// <returns>One sentence per kind of allowed difference and per converted tensor; empty if there are none.</returns>
    /// <exception cref="ModelException">The file is missing or damaged, or tensors differ; the message lists all differences.</exception>
    public static string Load(string file, nn.Module module, WeightsFit fit)
    {
        var open = new List<SafetensorsFile>();
        try
        {
            foreach (string part in Parts(file))
                open.Add(SafetensorsFile.Open(part));
            return Fill(file, open, module, fit);
        }
        catch (Exception cause) when (cause is SafetensorsException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The weights in '{file}' cannot be read: {cause.Message}", cause);
        }
        finally
        {
            foreach (SafetensorsFile part in open)
                part.Dispose();
        }
    }

    private static string Fill(string file, List<SafetensorsFile> parts, nn.Module module, WeightsFit fit)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> wanted = module.state_dict();
        var found = new Dictionary<string, (SafetensorsFile Part, string Name, Tensor? Adapted)>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var wrong = new TensorMismatches();
        var allowed = new TensorMismatches();
        TensorMismatches For(string own) => fit.IsHead?.Invoke(own) == true ? allowed : wrong;

        foreach ((SafetensorsFile part, string name, SafetensorInfo info) in parts.SelectMany(p => p.Tensors.Select(t => (p, t.Key, t.Value))))
        {
            if (fit.Rename(name) is not { } own)
                continue;
            seen.Add(own);
            if (!wanted.TryGetValue(own, out Tensor? tensor))
                For(own).Unexpected(name);
            else if (Adapted(part, name, info, own, tensor, fit) is { } adapted)
                found[own] = (part, name, adapted);
            else if (!For(own).Compare(name, info, tensor, convertFloats: true))
                continue;
            else if (!found.TryAdd(own, (part, name, null)))
                wrong.Different(own, $"filled by both '{found[own].Name}' and '{name}'");
        }

        var filled = new HashSet<IntPtr>(found.Keys.Select(name => SharedTensors.Identity(wanted[name])));
        foreach ((string name, Tensor tensor) in wanted)
        {
            // Files omit the second name of a tied tensor.
            if (!seen.Contains(name) && !filled.Contains(SharedTensors.Identity(tensor)))
                For(name).Missing(name);
        }

        if (wrong.Any)
            throw new ModelException($"The weights in '{file}' do not match the model. {wrong} Use the configuration that the weights were saved with.");
        using (no_grad())
        {
            foreach ((string own, (SafetensorsFile part, string name, Tensor? adapted)) in found)
            {
                if (adapted is null)
                    part.ReadInto(name, wanted[own], convert: true);
                else
                    wanted[own].copy_(adapted);
            }
        }

        string changed = string.Join(", ", found.Where(entry => entry.Value.Adapted is not null).Select(entry => entry.Key));
        return $"{allowed}{(changed.Length > 0 ? $" Converted to the model's shape: {changed}." : "")}".Trim();
    }

    private static Tensor? Adapted(SafetensorsFile part, string name, SafetensorInfo info, string own, Tensor wanted, WeightsFit fit)
    {
        if (fit.Adapt is null || wanted.shape.SequenceEqual(info.Shape))
            return null;
        using Tensor found = part.Read(name).to(ScalarType.Float32);
        return fit.Adapt(own, found, wanted.shape);
    }

    private static List<string> Parts(string file)
    {
        if (file.EndsWith(Index, StringComparison.Ordinal))
            return Sharded(file);
        if (File.Exists(file))
            return [file];
        return File.Exists(file + Index)
            ? Sharded(file + Index)
            : throw new ModelException($"There are no weights at '{file}' and no index '{file}{Index}'. A model folder contains one of them; convert files of other formats to safetensors.");
    }

    private static List<string> Sharded(string index)
    {
        try
        {
            JsonObject map = JsonFile.ReadObject(index)["weight_map"]?.AsObject()
                ?? throw new ModelException($"The index '{index}' has no 'weight_map'. It must map each tensor to the file that contains it.");
            string folder = Path.GetDirectoryName(index)!;
            return map.Select(entry => entry.Value!.GetValue<string>()).Distinct(StringComparer.Ordinal)
                .Select(name => Path.GetFileName(name) == name ? Path.Combine(folder, name)
                    : throw new ModelException($"The index '{index}' names the file '{name}', which is not in the same folder. Only plain file names are allowed."))
                .ToList();
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new ModelException($"The index '{index}' is malformed: {cause.Message} It must be an object with a 'weight_map' from tensor names to file names.", cause);
        }
    }
}
