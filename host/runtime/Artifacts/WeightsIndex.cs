using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Native;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>The index of weights in several files, <c>model.safetensors.index.json</c>, which maps each tensor to its file.</summary>
internal sealed class WeightsIndex
{
    /// <summary>Suffix to the name of a single weights file.</summary>
    public const string Suffix = ".index.json";

    private const string MapKey = "weight_map";
    private readonly string _path;
    private readonly Dictionary<string, string> _files; // by tensor

    private WeightsIndex(string path, Dictionary<string, string> files) => (_path, _files) = (path, files);

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(_path))!;

    /// <summary>Reads an index, and checks that its files exist.</summary>
    /// <param name="path">The index.</param>
    /// <exception cref="ModelException">It is malformed, or a file does not exist.</exception>
    public static WeightsIndex Read(string path)
    {
        WeightsIndex index = Parse(path);
        string[] missing = [.. index.Names.Where(name => !File.Exists(Path.Combine(index.Folder, name)))];
        return missing.Length == 0 ? index : throw new ModelException(
            $"The index '{path}' names {index.Names.Length} files, of which {missing.Length} do not exist: " +
            $"{TensorMismatches.Some(missing)}. Put them into the same folder.");
    }

    /// <summary>The files, each once.</summary>
    public IReadOnlyList<string> Files => [.. Names.Select(name => Path.Combine(Folder, name))];

    private string[] Names => [.. _files.Values.Distinct(StringComparer.Ordinal)];

    /// <summary>Checks that each tensor is in its file, and that the files have no other tensors.</summary>
    /// <param name="parts">The open files.</param>
    /// <exception cref="ModelException">A file contradicts the index.</exception>
    public void Check(IEnumerable<SafetensorsFile> parts)
    {
        Dictionary<string, SafetensorsFile> open = parts.ToDictionary(part => Path.GetFileName(part.Path), StringComparer.Ordinal);
        foreach (IGrouping<string, KeyValuePair<string, string>> group in _files.GroupBy(entry => entry.Value, StringComparer.Ordinal))
        {
            string[] wanted = [.. group.Select(entry => entry.Key)];
            string[] lacking = [.. wanted.Where(name => !open[group.Key].Tensors.ContainsKey(name))];
            string[] others = [.. open[group.Key].Tensors.Keys.Except(wanted, StringComparer.Ordinal)];
            if (lacking.Length > 0)
                throw Contradiction(group.Key, $"has no {TensorMismatches.Some(lacking)}, which the index expects there");
            if (others.Length > 0)
                throw Contradiction(group.Key, $"has {TensorMismatches.Some(others)}, which the index does not expect there");
        }
    }

    /// <summary>Writes tensors to several files, each with at most a number of bytes or with one tensor, and their index.</summary>
    /// <param name="file">The name of a single file, <c>model.safetensors</c>, from which the names of the parts are derived.</param>
    /// <param name="tensors">The tensors, owned by the caller.</param>
    /// <param name="maxBytes">Maximum bytes of the tensors of a file.</param>
    /// <exception cref="IOException">A file cannot be written; no index is written then.</exception>
    public static void Write(string file, IReadOnlyDictionary<string, Tensor> tensors, long maxBytes)
    {
        List<List<string>> parts = Split(tensors, maxBytes);
        string start = Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileNameWithoutExtension(file));
        var map = new JsonObject();
        foreach ((int number, List<string> names) in parts.Index())
        {
            string part = $"{start}-{number + 1:D5}-of-{parts.Count:D5}{Path.GetExtension(file)}";
            SafetensorsFile.Write(part, names.Select(name => (name, tensors[name])));
            foreach (string name in names)
                map[name] = Path.GetFileName(part);
        }

        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = tensors.Values.Sum(Bytes) }, [MapKey] = map };
        Durable.WriteText(file + Suffix, index.ToJsonString(ModelFolder.Indented) + "\n");
    }

    /// <summary>Deletes an index and its files, so that they are not mistaken for parts of other weights.</summary>
    /// <param name="file">The name of a single file.</param>
    public static void Delete(string file)
    {
        if (!File.Exists(file + Suffix))
            return;
        WeightsIndex index = Parse(file + Suffix);
        File.Delete(file + Suffix);
        foreach (string part in index.Files)
            File.Delete(part);
    }

    /// <summary>Bytes of a tensor in a file.</summary>
    public static long Bytes(Tensor tensor) => tensor.numel() * tensor.ElementSize;

    // In the order of the state dictionary, as transformers does.
    private static List<List<string>> Split(IReadOnlyDictionary<string, Tensor> tensors, long maxBytes)
    {
        var parts = new List<List<string>>();
        long used = 0;
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (parts.Count == 0 || used + Bytes(tensor) > maxBytes)
            {
                parts.Add([]);
                used = 0;
            }

            parts[^1].Add(name);
            used += Bytes(tensor);
        }

        return parts;
    }

    private static WeightsIndex Parse(string path)
    {
        try
        {
            JsonObject map = JsonFile.ReadObject(path)[MapKey]?.AsObject()
                ?? throw new ModelException($"The index '{path}' has no '{MapKey}'. It must map each tensor to the file that contains it.");
            Dictionary<string, string> files =
                map.ToDictionary(entry => entry.Key, entry => entry.Value!.GetValue<string>(), StringComparer.Ordinal);
            return files.Values.FirstOrDefault(name => Path.GetFileName(name) != name) is { } elsewhere
                ? throw new ModelException($"The index '{path}' names the file '{elsewhere}', which is not in the same folder. " +
                    "Only plain file names are allowed.")
                : new WeightsIndex(path, files);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new ModelException($"The index '{path}' is malformed: {cause.Message} " +
                $"It must be an object with a '{MapKey}' from tensor names to file names.", cause);
        }
    }

    private ModelException Contradiction(string file, string what) => new(
        $"The file '{file}' {what} ('{_path}'). All files must be of the same version of the model: download them together.");
}
