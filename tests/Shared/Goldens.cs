using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tenon.Conformance.Parity;
using Tenon.Safetensors;

namespace Tenon.Tests;

/// <summary>Reference data of the folders in tests/data/goldens; the README of each says how it was made.</summary>
internal static partial class Goldens
{
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "data", "goldens", name);

    public static string File(string name, string file) => Path.Combine(Folder(name), file);

    public static Dictionary<string, Tensor> Read(string name, string file)
    {
        using SafetensorsFile opened = SafetensorsFile.Open(File(name, file));
        return opened.Tensors.Keys.ToDictionary(key => key, opened.Read);
    }

    public static ModelConfiguration Configuration(string name) => new(Config(name));

    public static JsonObject Config(string name) => Config(name, "config.json");

    /// <summary>A JSON file of a folder.</summary>
    public static JsonObject Config(string name, string file) => (JsonObject)JsonNode.Parse(System.IO.File.ReadAllText(File(name, file)))!;

    /// <summary>
    /// What float32 itself loses, as the folder's README measured it: the largest difference from the outputs in float64.
    /// </summary>
    public static double Noise(string name)
    {
        string readme = System.IO.File.ReadAllText(File(name, "README.md"));
        string measured = NoiseFloor().Match(readme).Groups["values"].Value;
        return Number().Matches(measured).Max(number => double.Parse(number.Value, CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// The same for one output, where the README lists several: <c>'linear.clip1': (3.9e-04, …)</c> or <c>'noise_pred': 1.8e-06</c>.
    /// </summary>
    public static double Noise(string name, string output) =>
        double.Parse(Documented(name, $@"'{Regex.Escape(output)}': \(?(?<value>\d[\d.e+-]*)"), CultureInfo.InvariantCulture);

    /// <summary>What a folder's README says, in the group "value" of a pattern.</summary>
    public static string Documented(string name, string pattern)
    {
        Match match = Regex.Match(System.IO.File.ReadAllText(File(name, "README.md")), pattern);
        return match.Success ? match.Groups["value"].Value
            : throw new InvalidOperationException($"The README of {name} has nothing that matches {pattern}.");
    }

    /// <summary>The names of the tensors of a file, sorted.</summary>
    public static IReadOnlyList<string> Names(string name, string file) => [.. Shapes(name, file).Keys.Order(StringComparer.Ordinal)];

    /// <summary>Fills a module's parameters and buffers from a file.</summary>
    /// <returns>The names of its parameters and buffers that the file does not have.</returns>
    public static IReadOnlyList<string> Fill(torch.nn.Module module, Func<string, string?> weightName, string path)
    {
        Dictionary<string, Tensor> tensors = module.named_parameters().ToDictionary(pair => pair.name, pair => (Tensor)pair.parameter);
        foreach ((string name, Tensor buffer) in module.named_buffers())
            tensors.Add(name, buffer);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var missing = new HashSet<string>(tensors.Keys);
        foreach (string name in file.Tensors.Keys)
        {
            if (weightName(name) is { } key && tensors.TryGetValue(key, out Tensor? tensor))
            {
                file.ReadInto(name, tensor);
                missing.Remove(key);
            }
        }

        return [.. missing.Order(StringComparer.Ordinal)];
    }

    /// <summary>Names and shapes of the tensors of a file.</summary>
    public static Dictionary<string, string> Shapes(string name, string file)
    {
        using SafetensorsFile opened = SafetensorsFile.Open(File(name, file));
        return opened.Tensors.ToDictionary(pair => pair.Key, pair => string.Join(",", pair.Value.Shape));
    }

    /// <summary>Names and shapes of the tensors of a module.</summary>
    public static Dictionary<string, string> Shapes(torch.nn.Module module) =>
        module.state_dict().ToDictionary(pair => pair.Key, pair => string.Join(",", pair.Value.shape));

    public static double Difference(Tensor a, Tensor b)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        a.shape.Should().Equal(b.shape);
        return (a.detach().to(torch.ScalarType.Float64) - b.detach().to(torch.ScalarType.Float64)).abs().max().item<double>();
    }

    public static double Worst(ParityReport report, ParityKind kind) =>
        report.Rows.Where(row => row.Kind == kind).Max(row => row.MaxDifference);

    // "... (noise floor): logits 7.6e-06, logits_masked 7.6e-06." or "float32-float64: {'out': 2.0e-06}."
    [GeneratedRegex(@"(\(noise floor\)|float32-float64):(?<values>.*)")]
    private static partial Regex NoiseFloor();

    [GeneratedRegex(@"\d+(\.\d+)?e-\d+")]
    private static partial Regex Number();
}
