using System.Collections;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Resources;
using System.Text;
using Tenon.Text.SdkDocs;

namespace Tenon.Text.SdkTranslations;

/// <summary>A text of the SDK with its translation.</summary>
/// <param name="File">Name of the resource file: <c>Microsoft.Build.Strings</c>.</param>
/// <param name="English">The English text.</param>
/// <param name="Translation">The translation.</param>
internal sealed record SdkText(string File, string English, string Translation);

/// <summary>
/// Reads the messages of the .NET SDK's programs: the resources in <c>X.dll</c> are English, those in
/// <c>&lt;language&gt;/X.resources.dll</c> next to it are translations. No code of these files runs.
/// </summary>
internal static class SdkResources
{
    private const string Extension = ".resources";

    /// <summary>Returns the newest SDK below the roots, or null.</summary>
    /// <param name="roots">The folders to search.</param>
    public static string? Newest(IEnumerable<string> roots) => roots
        .Select(root => Path.Combine(root, "sdk"))
        .Where(Directory.Exists)
        .SelectMany(Directory.GetDirectories)
        .Select(folder => (Folder: folder, Version: SdkVersion.Parse(Path.GetFileName(folder))))
        .Where(sdk => sdk.Version is not null)
        .OrderByDescending(sdk => sdk.Version)
        .Select(sdk => sdk.Folder)
        .FirstOrDefault();

    /// <summary>Returns the assemblies with translations into a language, sorted.</summary>
    /// <param name="sdk">The SDK's folder.</param>
    /// <param name="language">The language.</param>
    public static IReadOnlyList<string> Satellites(string sdk, string language) =>
    [
        .. Directory.EnumerateFiles(sdk, $"*{Extension}.dll", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == language && File.Exists(Main(file)))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads all texts that have a translation; a resource that several copies of a file contain is read once.</summary>
    /// <param name="satellites">From <see cref="Satellites"/>.</param>
    /// <param name="language">Their language.</param>
    public static IReadOnlyList<SdkText> Read(IReadOnlyList<string> satellites, string language)
    {
        var read = new (Dictionary<string, Dictionary<string, string>> English, Dictionary<string, Dictionary<string, string>> Other)[
            satellites.Count];
        Parallel.For(0, satellites.Count, i => read[i] = (Strings(Main(satellites[i]), ""), Strings(satellites[i], $".{language}")));
        var known = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. from file in read
               from resource in file.Other
               where file.English.ContainsKey(resource.Key) && known.Add(resource.Key)
               from text in resource.Value
               where file.English[resource.Key].ContainsKey(text.Key)
               select new SdkText(resource.Key, file.English[resource.Key][text.Key], text.Value),
        ];
    }

    // <folder>/<language>/X.resources.dll -> <folder>/X.dll
    private static string Main(string satellite)
    {
        string name = Path.GetFileNameWithoutExtension(satellite);
        return Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(satellite)!)!, $"{name[..^Extension.Length]}.dll");
    }

    // The strings of each embedded resource, by its name without the suffix.
    private static Dictionary<string, Dictionary<string, string>> Strings(string assembly, string suffix)
    {
        var strings = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        try
        {
            using var file = new PEReader(File.OpenRead(assembly));
            if (!file.HasMetadata || file.PEHeaders.CorHeader is not { } header)
                return strings;
            MetadataReader metadata = file.GetMetadataReader();
            foreach (ManifestResource resource in metadata.ManifestResources.Select(metadata.GetManifestResource))
            {
                string name = metadata.GetString(resource.Name);
                if (!resource.Implementation.IsNil || !name.EndsWith($"{suffix}{Extension}", StringComparison.Ordinal))
                    continue;
                BlobReader section = file.GetSectionData(header.ResourcesDirectory.RelativeVirtualAddress).GetReader();
                section.Offset = checked((int)resource.Offset);
                int length = section.ReadInt32();
                strings[name[..^(suffix.Length + Extension.Length)]] = Entries(section.ReadBytes(length));
            }

            return strings;
        }
        catch (BadImageFormatException cause)
        {
            throw new DataException($"'{assembly}' is not a readable assembly: {cause.Message}", cause);
        }
    }

    private static Dictionary<string, string> Entries(byte[] resource)
    {
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        using var reader = new ResourceReader(new MemoryStream(resource));
        // Only keys are taken from the enumerator, so that values of other types, such as images, are not created.
        IDictionaryEnumerator enumerator = reader.GetEnumerator();
        while (enumerator.MoveNext())
        {
            string key = (string)enumerator.Key;
            reader.GetResourceData(key, out string type, out byte[] data);
            if (type != "ResourceTypeCode.String")
                continue;
            using var text = new BinaryReader(new MemoryStream(data), Encoding.UTF8);
            entries[key] = text.ReadString();
        }

        return entries;
    }
}
