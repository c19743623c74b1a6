using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Artifacts;

/// <summary>Maps the tensors of a file to those of a module, and defines which differences are allowed.</summary>
/// <param name="Rename">Maps a tensor's name in the file to its name in the module; null to skip a tensor that is not a weight.</param>
internal sealed record WeightsFit(Func<string, string?> Rename)
{
    /// <summary>Whether the module may lack a tensor of the file.</summary>
    public Func<string, bool> MayBeExtra { get; init; } = _ => false;

    /// <summary>Whether the file may lack a tensor of the module, which then keeps its values.</summary>
    public Func<string, bool> MayBeMissing { get; init; } = _ => false;

    /// <summary>Whether a tensor of the module may have another shape in the file; it then keeps its values.</summary>
    public Func<string, bool> MayDiffer { get; init; } = _ => false;

    /// <summary>Converts a tensor to another shape, or returns null if it cannot; null if tensors are never converted.</summary>
    public Func<string, Tensor, IReadOnlyList<long>, Tensor?>? Adapt { get; init; }

    /// <summary>
    /// Takes a tensor of the file that the module does not keep as it is, reading its rows in float32
    /// (<see cref="IPacksWeights.LoadPacked"/>); false: the module's tensor is filled.
    /// </summary>
    public Func<string, Func<long, long, Tensor>, bool> Take { get; init; } = (_, _) => false;
}

/// <summary>The allowed differences between a file and a module.</summary>
/// <param name="Report">One sentence per kind of difference and per converted tensor; empty if there are none.</param>
/// <param name="Extra">Tensors of the file that the module does not have, by their names in the file.</param>
/// <param name="Missing">Tensors of the module that the file does not have.</param>
/// <param name="Types">The types of the tensors in the file.</param>
internal sealed record WeightsReading(string Report, IReadOnlyList<string> Extra, IReadOnlyList<string> Missing, StoredTypes Types);

/// <summary>
/// Reads weights into a module, strictly: every tensor of the module is filled, and every tensor of the file is used.
/// </summary>
internal static class WeightsReader
{
    /// <summary>Fills a module. Nothing is changed unless all tensors match.</summary>
    /// <param name="file">
    /// A safetensors file, or an index of several (<c>model.safetensors.index.json</c>), which is also tried if the file does not exist.
    /// </param>
    /// <param name="module">Its state dictionary is filled in place; float16 and bfloat16 are converted to its type.</param>
    /// <param name="fit">Names, and the allowed differences.</param>
    /// <returns>The allowed differences.</returns>
    /// <exception cref="ModelException">The file is missing or damaged, or tensors differ; the message lists all differences.</exception>
    public static WeightsReading Load(string file, nn.Module module, WeightsFit fit) =>
        Open(file, parts => Fill(file, parts, module, fit));

    /// <summary>
    /// Compares a file with a module on the meta device, so that a configuration with wrong sizes is refused before memory is allocated
    /// for them. Reads only the file's header, and the tensors that <see cref="WeightsFit.Adapt"/> converts.
    /// </summary>
    /// <param name="file">As for <see cref="Load"/>.</param>
    /// <param name="sizes">A module with the names and shapes of the one to fill.</param>
    /// <param name="fit">Names, and the allowed differences.</param>
    /// <exception cref="ModelException">The file is missing or damaged, or tensors differ; the message lists all differences.</exception>
    public static void Check(string file, nn.Module sizes, WeightsFit fit)
    {
        using DisposeScope scope = NewDisposeScope();
        Open(file, parts => Match(file, parts, sizes.state_dict(), fit, new TensorMismatches()));
    }

    private static T Open<T>(string file, Func<List<SafetensorsFile>, T> read)
    {
        var open = new List<SafetensorsFile>();
        try
        {
            WeightsIndex? index = Index(file);
            foreach (string part in index?.Files ?? [file])
                open.Add(SafetensorsFile.Open(part));
            index?.Check(open);
            return read(open);
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

    private static WeightsReading Fill(string file, List<SafetensorsFile> parts, nn.Module module, WeightsFit fit)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> wanted = module.state_dict();
        var allowed = new TensorMismatches();
        Dictionary<string, FoundTensor> found = Match(file, parts, wanted, fit, allowed);
        using (no_grad())
        {
            foreach ((string own, (SafetensorsFile part, string name, Tensor? adapted)) in found)
            {
                if (fit.Take(own, (first, count) =>
                    adapted?.narrow(0, first, count) ?? part.ReadRows(name, first, count).to(ScalarType.Float32)))
                    continue;
                if (adapted is not null)
                    wanted[own].copy_(adapted);
                else
                    part.ReadInto(name, wanted[own], convert: true);
            }
        }

        string changed = string.Join(", ", found.Where(entry => entry.Value.Adapted is not null).Select(entry => entry.Key));
        return new WeightsReading(
            $"{allowed}{(changed.Length > 0 ? $" Converted to the model's shape: {changed}." : "")}".Trim(),
            allowed.AllUnexpected, allowed.AllMissing,
            new StoredTypes(found.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Part.Tensors[entry.Value.Name]))));
    }

    // The tensors of the files by their names in the module.
    private static Dictionary<string, FoundTensor> Match(
        string file, List<SafetensorsFile> parts, Dictionary<string, Tensor> wanted, WeightsFit fit, TensorMismatches allowed)
    {
        var found = new Dictionary<string, FoundTensor>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var wrong = new TensorMismatches();

        foreach ((SafetensorsFile part, string name, SafetensorInfo info) in
            parts.SelectMany(p => p.Tensors.Select(t => (p, t.Key, t.Value))))
        {
            // A tensor that is usually skipped, such as the copy of a tied weight, is used in a model that has it.
            if ((fit.Rename(name) ?? (wanted.ContainsKey(name) ? name : null)) is not { } own)
                continue;
            seen.Add(own);
            if (!wanted.TryGetValue(own, out Tensor? tensor))
                (fit.MayBeExtra(own) ? allowed : wrong).Unexpected(name);
            else if (Adapted(part, name, info, own, tensor, fit) is { } adapted)
                found[own] = new FoundTensor(part, name, adapted);
            else if (!(fit.MayDiffer(own) ? allowed : wrong).Compare(name, info, tensor, convertFloats: true))
                continue;
            else if (!found.TryAdd(own, new FoundTensor(part, name, null)))
                wrong.Different(own, $"filled by both '{found[own].Name}' and '{name}'");
        }

        var filled = new HashSet<IntPtr>(found.Keys.Select(name => SharedTensors.Identity(wanted[name])));
        foreach ((string name, Tensor tensor) in wanted)
        {
            // Files omit the second name of a tied tensor.
            if (!seen.Contains(name) && !filled.Contains(SharedTensors.Identity(tensor)))
                (fit.MayBeMissing(name) ? allowed : wrong).Missing(name);
        }

        return !wrong.Any ? found : throw new ModelException($"The weights in '{file}' do not match the model. {wrong} " +
            "Use the configuration that the weights were saved with.");
    }

    private static Tensor? Adapted(SafetensorsFile part, string name, SafetensorInfo info, string own, Tensor wanted, WeightsFit fit)
    {
        if (fit.Adapt is null || wanted.shape.SequenceEqual(info.Shape))
            return null;
        using Tensor found = part.Read(name).to(ScalarType.Float32);
        return fit.Adapt(own, found, wanted.shape);
    }

    // Null: the file itself has the weights.
    private static WeightsIndex? Index(string file)
    {
        if (file.EndsWith(WeightsIndex.Suffix, StringComparison.Ordinal))
            return WeightsIndex.Read(file);
        if (File.Exists(file))
            return null;
        string index = file + WeightsIndex.Suffix;
        return File.Exists(index)
            ? WeightsIndex.Read(index)
            : throw new ModelException($"There are no weights at '{file}' and no index '{index}'. " +
                "A model folder contains one of them; convert files of other formats to safetensors.");
    }

    // A tensor of a file for a tensor of the module, and its copy in another shape.
    private readonly record struct FoundTensor(SafetensorsFile Part, string Name, Tensor? Adapted);
}
