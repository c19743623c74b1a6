using System.Text.Json;
using NuGet.Versioning;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>plugins.json: the folders, ids and version ranges of plugins.</summary>
/// <param name="Path">The file.</param>
/// <param name="Folders">Absolute paths; each contains <c>id/</c> or <c>id/version/</c>.</param>
/// <param name="Plugins">Ids with version ranges, in file order.</param>
public sealed record PluginsFile(string Path, IReadOnlyList<string> Folders, IReadOnlyList<PluginEntry> Plugins)
{
    private static readonly string[] Keys = ["folders", "libtorch", "plugins", "shipped"];

    /// <summary>Absolute path of a different libtorch (key <c>libtorch</c>), or null for the program's own.</summary>
    public string? LibTorch { get; init; }

    private const string ExpectedFormat =
        "It must be an object like { \"folders\": [\"plugins\"], \"plugins\": { \"tenon.gpt\": \"1.*\" } }.";

    /// <summary>The file next to the program with the plugins that come with it.</summary>
    public static string Beside => System.IO.Path.Combine(AppContext.BaseDirectory, "plugins.json");

    /// <summary>Environment variable with the path of the file in use.</summary>
    public const string Variable = "TENON_PLUGINS";

    /// <summary>The file that <see cref="Variable"/> names, or null.</summary>
    public static string? FromEnvironment => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file ? file : null;

    /// <summary>Reads a file. <c>"shipped": true</c> includes the plugins that come with the program.</summary>
    /// <param name="path">JSON, with comments and trailing commas allowed.</param>
    /// <exception cref="PluginsFileException">The file is missing or invalid; the message gives the location.</exception>
    public static PluginsFile Read(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new PluginsFileException($"'{full}' is a folder, not a plugins.json file.{InFolder(full)}");
        if (!File.Exists(full))
            throw new PluginsFileException($"The plugins file '{full}' does not exist. Set one with --plugins FILE or TENON_PLUGINS.");
        return Parse(full, File.ReadAllBytes(full));
    }

    private static string InFolder(string folder)
    {
        string file = System.IO.Path.Combine(folder, "plugins.json");
        if (File.Exists(file))
            return $" Use '{file}'.";
        if (PluginFolder.DescribeVersions(folder) is not { } held)
            return $" {ExpectedFormat}";
        string newest = PluginFolder.Versions(folder)[^1];
        string id = System.IO.Path.GetFileName(folder), version = System.IO.Path.GetFileName(newest);
        return $" {held} Use a plugins.json with \"folders\": [\"{System.IO.Path.GetDirectoryName(folder)}\"] and \"plugins\": {{ " +
            $"\"{id}\": \"{version}\" }}, or test one of them: tenon plugins test '{newest}'";
    }

    /// <summary>Reads the content of a file.</summary>
    internal static PluginsFile Parse(string full, byte[] text)
    {
        try
        {
            var options = new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                AllowDuplicateProperties = false
            };
            if (JsonText.Fault(text, out int line) is { } fault)
                throw new PluginsFileException($"{full}:{line}: {fault}");
            using JsonDocument document = JsonDocument.Parse(text, options);
            return Read(full, document.RootElement);
        }
        catch (JsonException error)
        {
            throw new PluginsFileException($"{full}:{error.LineNumber + 1}: {error.Message}", error);
        }
    }

    private static PluginsFile Read(string path, JsonElement root)
    {
        Expect(path, "the file", root, JsonValueKind.Object);
        IReadOnlyList<string> folders = [];
        var plugins = new List<PluginEntry>();
        bool shipped = false;
        string? libtorch = null;
        foreach (JsonProperty property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "folders":
                    Expect(path, "folders", property.Value, JsonValueKind.Array);
                    folders = [.. property.Value.EnumerateArray().Select(f => Folder(path, "each of folders", f))];
                    break;
                case "plugins":
                    Expect(path, "plugins", property.Value, JsonValueKind.Object);
                    plugins.AddRange(property.Value.EnumerateObject().Select(p => Entry(path, p)));
                    break;
                case "shipped":
                    if (property.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                        Expect(path, "shipped", property.Value, JsonValueKind.True);
                    shipped = property.Value.GetBoolean();
                    break;
                case "libtorch":
                    libtorch = Folder(path, "libtorch", property.Value);
                    break;
                default:
                    throw new PluginsFileException(
                        $"{path}: '{property.Name}' is not a valid key. Valid keys are " +
                        $"{string.Join(", ", Keys)}.{NearestName.Question(property.Name, Keys)}");
            }
        }

        var file = new PluginsFile(path, folders, plugins) { LibTorch = libtorch };
        return shipped ? file.After(Read(Beside)) : file;
    }

    // Shipped plugins come first, so that a user's plugin never changes the meaning of a shipped recipe. The ranges in the file
    // itself take precedence.
    private PluginsFile After(PluginsFile shipped) => this with
    {
        Folders = [.. Folders, .. shipped.Folders],
        Plugins = [.. shipped.Plugins.Where(s => Plugins.All(p => p.Id != s.Id)), .. Plugins],
        LibTorch = LibTorch ?? shipped.LibTorch,
    };

    private static string Folder(string path, string what, JsonElement folder)
    {
        Expect(path, what, folder, JsonValueKind.String);
        return folder.GetString()!.Contains('\0', StringComparison.Ordinal)
            ? throw new PluginsFileException($"{path}: {what} contains the character NUL (\\u0000). Remove it.")
            : Absolute(path, folder.GetString()!);
    }

    /// <summary>
    /// Returns a folder as written in plugins.json: relative to that file, absolute, or in the home folder (<c>~/</c>).
    /// </summary>
    internal static string Absolute(string pluginsFile, string folder) => folder.StartsWith("~/", StringComparison.Ordinal)
        ? System.IO.Path.GetFullPath(folder[2..], Environment.GetFolderPath(Environment.SpecialFolder.UserProfile))
        : System.IO.Path.GetFullPath(folder, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(pluginsFile))!);

    private static PluginEntry Entry(string path, JsonProperty plugin)
    {
        Expect(path, $"plugins:{plugin.Name}", plugin.Value, JsonValueKind.String);
        return VersionRange.TryParse(plugin.Value.GetString()!, out VersionRange? range)
            ? new PluginEntry(plugin.Name, range)
            : throw new PluginsFileException(
                $"{path}: plugins:{plugin.Name} is '{plugin.Value.GetString()}', which is not a NuGet version range. Examples: 1.*, " +
                "1.2.3, [1.2,2.0).");
    }

    private static void Expect(string path, string what, JsonElement element, JsonValueKind kind)
    {
        if (element.ValueKind != kind)
            throw new PluginsFileException($"{path}: {what} is {element.ValueKind.ToString().ToLowerInvariant()}, not " +
                $"{kind.ToString().ToLowerInvariant()}. {ExpectedFormat}");
    }
}

/// <summary>A plugin in plugins.json.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Range">The allowed versions.</param>
public sealed record PluginEntry(string Id, VersionRange Range)
{
    /// <summary>Returns whether a version is in the range; a floating range (<c>1.*</c>) ends where its fixed part ends.</summary>
    /// <param name="version">A version.</param>
    public bool Allows(NuGetVersion version) => Allows(Range, version);

    internal static bool Allows(VersionRange range, NuGetVersion version) =>
        range.Float is { } floating && range.IsFloating ? floating.Satisfies(version) : range.Satisfies(version);
}

/// <summary>plugins.json is missing or invalid.</summary>
public sealed class PluginsFileException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names file, location, the value found and the allowed values.</param>
    /// <param name="cause">The underlying exception, or null.</param>
    public PluginsFileException(string message, Exception? cause = null) : base(message, cause) { }
}
