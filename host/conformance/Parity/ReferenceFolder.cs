using System.Text.RegularExpressions;
using Tenon.Host.Artifacts;
using Tenon.Host.Models;
using Tenon.Safetensors;

namespace Tenon.Conformance.Parity;

/// <summary>Determines what a folder with reference data belongs to.</summary>
internal static partial class ReferenceFolder
{
    private const int Shown = 5;
    private static readonly string[] References =
        ["inputs.safetensors", "outputs.safetensors", "grads.safetensors", "grads_summary.safetensors"];

    /// <summary>
    /// Refuses a folder of reference data that belongs to neither a model nor an adapter; the message describes its content.
    /// </summary>
    /// <param name="folder">The folder. If it is missing or has no reference data, the code that opens it reports that.</param>
    /// <exception cref="ModelException">It contains values of functions, or weights of something that is not a model.</exception>
    public static void RequireModel(string folder)
    {
        if (!References.Take(2).All(file => File.Exists(Path.Combine(folder, file))) || AdapterFolder.Find(folder) is not null)
            return;
        string[] weights = [.. Directory.EnumerateFiles(folder, "*.safetensors", SearchOption.AllDirectories)
            .Where(file => !References.Contains(Path.GetFileName(file)))];
        bool namesModel = ModelFolderOpener.KindKeys.Any(key => Path.Combine(folder, key.File) is var file && File.Exists(file)
            && JsonFile.ReadObject(file).ContainsKey(key.Key));
        if (namesModel && weights.Length > 0)
            return;
        string what = weights.Length == 0
            ? $"has no weights: it contains the arguments and values of functions. The arguments are {Tensors("inputs.safetensors")}; " +
                $"the values are {Tensors("outputs.safetensors")}"
            : $"contains the weights of a part of a model, {Tensors(Path.GetFileName(weights[0]))}, and no configuration that names an " +
                "architecture (model_type, _class_name) or a kind of adapter (peft_type)";
        throw new ModelException($"'{folder}' {what}. 'parity' compares models and adapters; functions and single layers are compared " +
            "in tests of their plugin.");

        string Tensors(string file)
        {
            using SafetensorsFile opened = SafetensorsFile.Open(Path.Combine(folder, file));
            string[] names = [.. opened.Tensors.Keys.Order(StringComparer.Ordinal)];
            return string.Join(", ", names.Take(Shown)) + (names.Length > Shown ? $" and {names.Length - Shown} more" : "");
        }
    }

    /// <summary>
    /// Finds the base model of the folder's adapter if the adapter does not name one: the only model folder that the folder's
    /// <c>README.md</c> mentions as <c>../NAME</c>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <returns>A path; null when the adapter names its base model, or there is no adapter.</returns>
    /// <exception cref="ModelException">The file mentions no model, or several.</exception>
    public static string? DescribedBaseModel(string folder)
    {
        if (AdapterFolder.Find(folder) is not { NamesBaseModel: false })
            return null;
        string readme = Path.Combine(folder, "README.md");
        string[] named = !File.Exists(readme) ? [] : [.. RelativeFolder().Matches(File.ReadAllText(readme))
            .Select(match => Path.GetFullPath(Path.Combine(folder, match.Value))).Distinct(StringComparer.Ordinal)
                .Where(found => File.Exists(Path.Combine(found, "config.json")))];
        return named is [var only] ? only : throw new ModelException(
            $"'{folder}' contains an adapter, but neither its configuration ('{AdapterFolder.BaseModelKey}') nor a README.md next to it " +
            "names its base model. Set that model's folder with --base.");
    }

    [GeneratedRegex(@"\.\./[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*", RegexOptions.CultureInvariant)]
    private static partial Regex RelativeFolder();
}
