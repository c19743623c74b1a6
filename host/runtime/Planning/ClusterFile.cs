using System.Globalization;
using System.Text.Json;
using Tenon.Host.Recipes;

namespace Tenon.Host.Planning;

/// <summary>Reads cluster files: JSON with comments, whose keys <see cref="Cluster"/> describes.</summary>
internal sealed class ClusterFile
{
    private const double Giga = 1e9;
    private const double Tera = 1e12;
    private const string Teraflops = "teraflops";
    private const string Sources = "sources";
    private const string Price = "pricePerGpuHour";
    private const string PriceSource = "priceSource";

    private static readonly string[] Texts = ["gpu", PriceSource];
    private static readonly string[] Whole = ["gpusPerNode", "multiprocessors"];
    private static readonly string[] Required = ["gpu", "gpusPerNode", Teraflops, "memoryGB", "memoryGBps"];
    private static readonly Dictionary<string, (double Least, double Most)> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gpusPerNode"] = (1, 1024),
        ["matmulShare"] = (0.01, 1),
        ["multiprocessors"] = (1, 100_000),
        ["memoryGB"] = (0.001, 1e6),
        ["memoryGBps"] = (0.001, 1e9),
        ["linkGBps"] = (0.001, 1e9),
        ["networkGbps"] = (0.001, 1e9),
        ["watts"] = (0.001, 1e6),
        [Price] = (1e-6, 1e6),
    };

    private readonly string _path;
    private readonly RecipeValues _content;
    private readonly List<RecipeFinding> _findings = [];

    private ClusterFile(string path, RecipeText text)
    {
        _path = path;
        _content = text.Content;
        _findings.AddRange(text.Findings);
    }

    private static IEnumerable<string> Keys => [.. Texts, .. Numbers.Keys, Teraflops, Sources];

    /// <summary>Reads a file.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="RecipeException">It is invalid; the exception contains all findings, with their lines.</exception>
    public static Cluster Read(string path)
    {
        var file = new ClusterFile(path, RecipeText.Read(path, hasLines: true, File.ReadAllBytes(path)));
        if (file._findings.Count == 0)
            file.Check();
        return file._findings.Count == 0 ? file.Create() : throw new RecipeException(file._findings);
    }

    private void Check()
    {
        foreach (string key in _content.Locations.Keys)
            Check(key);
        foreach (string key in Required.Where(key => !_content.Locations.ContainsKey(key)))
            Add("", null, null, $"The key '{key}' is missing.");
        if (Has(Price) && !Has(PriceSource))
            Add(Price, null, null, $"has no source. Add '{PriceSource}' with the date and origin of the price, or use --price.");
    }

    private void Check(string key)
    {
        string[] parts = key.Split(':');
        TextLocation at = _content.Locations[key];
        string? value = _content.Values.GetValueOrDefault(key);
        if (!Keys.Contains(parts[0], StringComparer.OrdinalIgnoreCase))
            Unknown(key, parts[0], Keys);
        else if (Is(parts[0], Teraflops))
            CheckPeak(key, parts, at, value);
        else if (Is(parts[0], Sources))
            Expect(parts.Length == 1 ? JsonValueKind.Array : JsonValueKind.String, "a list of texts", key, at, value);
        else if (Numbers.TryGetValue(key, out (double Least, double Most) range))
            CheckNumber(key, at, value, range);
        else
            Expect(JsonValueKind.String, "a text", key, at, value);
    }

    private void CheckPeak(string key, string[] parts, TextLocation at, string? value)
    {
        if (parts.Length == 1)
            Expect(JsonValueKind.Object, "an object with a number for each precision", key, at, value);
        else if (!Cluster.Precisions.Contains(parts[1], StringComparer.Ordinal))
            Unknown(key, parts[1], Cluster.Precisions);
        else
            CheckNumber(key, at, value, (0.001, 1e6));
    }

    private void CheckNumber(string key, TextLocation at, string? value, (double Least, double Most) range)
    {
        bool isWhole = Whole.Contains(key, StringComparer.OrdinalIgnoreCase);
        string allowed = string.Create(CultureInfo.InvariantCulture,
            $"{(isWhole ? "a whole number" : "a number")} from {range.Least} to {range.Most}");
        bool fits = at.Kind == JsonValueKind.Number && double.TryParse(value, CultureInfo.InvariantCulture, out double number)
            && number >= range.Least && number <= range.Most && (!isWhole || number == Math.Floor(number));
        if (!fits)
            Add(key, value, allowed, $"is {Shown(at, value)}. Allowed: {allowed}.");
    }

    private void Expect(JsonValueKind kind, string allowed, string key, TextLocation at, string? value)
    {
        if (at.Kind != kind || value is "")
            Add(key, value, allowed, $"is {Shown(at, value)}. Allowed: {allowed}.");
        else if (kind == JsonValueKind.Object && !_content.Values.Keys.Any(below => RecipeKeys.IsBelow(below, key)))
            Add(key, null, allowed, $"is empty. Allowed: {allowed}.");
    }

    private void Unknown(string key, string name, IEnumerable<string> allowed) =>
        Add(key, name, string.Join(", ", allowed),
            $"is not a key of a cluster.{NearestName.Question(name, allowed)} Allowed: {string.Join(", ", allowed)}.",
            NearestName.Of(name, allowed));

    private void Add(string key, string? found, string? allowed, string message, string? nearest = null) => _findings.Add(new RecipeFinding(
        _path, key.Length == 0 ? null : _content.Nearest(key)?.Line, key, found, allowed, nearest, message));

    private Cluster Create() => new(
        Path.GetFileNameWithoutExtension(_path), _content.Values["gpu"]!, (int)Number("gpusPerNode"),
        Cluster.Precisions.Where(precision => Has($"{Teraflops}:{precision}"))
            .ToDictionary(precision => precision, precision => Tera * Number($"{Teraflops}:{precision}"), StringComparer.Ordinal),
        Giga * Number("memoryGB"), Giga * Number("memoryGBps"))
    {
        MatmulShare = Has("matmulShare") ? Number("matmulShare") : Cluster.DefaultMatmulShare,
        Multiprocessors = Has("multiprocessors") ? (int)Number("multiprocessors") : 0,
        // Data sheets count both directions of NVLink, and bits of a network in one.
        LinkBandwidth = Has("linkGBps") ? Giga * Number("linkGBps") / 2 : 0,
        NetworkBandwidth = Has("networkGbps") ? Giga * Number("networkGbps") / 8 : 0,
        Watts = Has("watts") ? Number("watts") : 0,
        PricePerHour = Has(Price) ? Number(Price) : null,
        PriceSource = _content.Values.GetValueOrDefault(PriceSource),
        Sources = [.. _content.Values.Where(entry => RecipeKeys.IsBelow(entry.Key, Sources)).Select(entry => entry.Value!)],
    };

    private double Number(string key) => double.Parse(_content.Values[key]!, CultureInfo.InvariantCulture);

    private bool Has(string key) => _content.Locations.ContainsKey(key);

    private static bool Is(string key, string name) => key.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string Shown(TextLocation at, string? value) => at.Kind switch
    {
        JsonValueKind.String => $"the text '{value}'",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => value ?? "empty",
    };
}
