using System.IO.Compression;
using NuGet.Packaging;
using NuGet.Packaging.Core;
using NuGet.Versioning;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Inspection;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Cli.Packages;

/// <summary>
/// A plugin as a NuGet package of type <see cref="TypeName"/>, with the plugin's folder under <c>plugin/</c>. Tenon installs
/// such packages; projects do not reference them.
/// </summary>
internal static class PluginPackage
{
    /// <summary>The package type, which distinguishes plugins from libraries in feeds.</summary>
    public const string TypeName = "TenonPlugin";

    private const string Root = "plugin/";

    // Of the zip format.
    private static readonly DateTimeOffset EarliestTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Zeros compress a thousandfold, so that a package of a few megabytes could fill the disk.
    private const long MostBytes = 1L << 30;

    /// <summary>Packs a plugin's folder.</summary>
    /// <param name="folder">Build output folder of the plugin's project.</param>
    /// <param name="output">Folder for the package; created if missing.</param>
    /// <returns>The package's path: <c>id.version.nupkg</c>.</returns>
    /// <exception cref="PluginException">The folder contains no plugin that this host can load.</exception>
    /// <exception cref="IOException">A file could not be read or written.</exception>
    public static string Pack(string folder, string output)
    {
        if (!Directory.Exists(folder))
            throw new PluginException($"The folder '{folder}' does not exist. Use the build output folder of the plugin's project.");
        PluginInfo plugin = Readable(null, folder);
        var builder = new PackageBuilder(deterministic: true)
        {
            Id = plugin.Id,
            Version = plugin.Version,
            Description = plugin.Summary.Length > 0 ? plugin.Summary : $"The Tenon plugin {plugin.Id}",
            PackageTypes = [new PackageType(TypeName, PackageType.EmptyVersion)],
        };
        builder.Authors.Add(plugin.Id);
        builder.Tags.Add("tenon-plugin");
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string inside = Path.GetRelativePath(folder, file).Replace('\\', '/');
            builder.Files.Add(new PhysicalPackageFile { SourcePath = file, TargetPath = Root + inside });
        }

        if (LicenseFile.Find(folder) is { } license)
            builder.LicenseMetadata = new LicenseMetadata(LicenseType.File, Root + license, null, null, LicenseMetadata.EmptyVersion);
        Directory.CreateDirectory(output);
        string path = Path.Combine(output, $"{plugin.Id}.{plugin.Version!.ToNormalizedString()}.nupkg");
        Durable.Write(path, partial =>
        {
            using (FileStream stream = File.Create(partial))
                builder.Save(stream);
            // NuGet writes the current time, with which no two packages of the same files would be equal.
            using ZipArchive archive = ZipFile.Open(partial, ZipArchiveMode.Update);
            foreach (ZipArchiveEntry entry in archive.Entries)
                entry.LastWriteTime = EarliestTime;
        });
        return path;
    }

    /// <summary>Unpacks a package atomically into a new folder; the plugin is checked before the folder gets its name.</summary>
    /// <param name="package">The package's file.</param>
    /// <param name="folder">The folder; replaced if it exists.</param>
    /// <returns>The plugin.</returns>
    /// <param name="mostBytes">Maximum size of the unpacked files together.</param>
    /// <exception cref="PluginException">
    /// The package is damaged, too large, or contains no plugin that this host can load; no files remain.
    /// </exception>
    /// <exception cref="IOException">A file could not be read or written.</exception>
    public static PluginInfo Unpack(string package, string folder, long mostBytes = MostBytes)
    {
        string parent = Path.GetDirectoryName(folder)!;
        bool isNew = !Directory.Exists(parent);
        Directory.CreateDirectory(parent);
        try
        {
            return Intact(package, () => UnpackInto(package, folder, mostBytes));
        }
        catch when (isNew && !Directory.EnumerateFileSystemEntries(parent).Any())
        {
            Directory.Delete(parent);
            throw;
        }
    }

    private static PluginInfo UnpackInto(string package, string folder, long mostBytes)
    {
        using var reader = new PackageArchiveReader(package);
        (string id, NuGetVersion version) = Identity(reader, package);
        Durable.WriteFolder(folder, partial =>
        {
            long left = mostBytes;
            foreach (string file in reader.GetFiles().Where(file => file.StartsWith(Root, StringComparison.Ordinal)))
            {
                left -= Extract(reader, package, file, partial, left);
                if (left < 0)
                    throw new PluginException($"The package '{package}' has more than {mostBytes:N0} bytes when unpacked. Do not use it.");
            }

            PluginInfo plugin = Readable(id, partial);
            if (plugin.Version != version)
                throw new PluginException($"The package '{package}' claims to contain '{id}' {version}, but its assembly has version " +
                    $"{plugin.Version}. Rebuild and repack it.");
        });
        return Readable(id, folder);
    }

    /// <summary>Id and version of a plugin package.</summary>
    /// <param name="package">The package's file.</param>
    /// <exception cref="PluginException">It is not a plugin package.</exception>
    public static (string Id, NuGetVersion Version) Identity(string package) => Intact(package, () =>
    {
        using var reader = new PackageArchiveReader(package);
        return Identity(reader, package);
    });

    /// <summary>Reads a package. Damaged archives and manifests make the libraries throw exceptions of many types.</summary>
    /// <param name="package">The package's file.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="PluginException">It is damaged.</exception>
#pragma warning disable CA1031 // Boundary to files from strangers; the exception becomes the inner exception.
    public static T Intact<T>(string package, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is not (PluginException or IOException or UnauthorizedAccessException))
        {
            throw new PluginException($"The package '{package}' is damaged: {failure.Message.ReplaceLineEndings(" ")} Download it again.",
                failure);
        }
    }
#pragma warning restore CA1031

    private static (string Id, NuGetVersion Version) Identity(PackageArchiveReader reader, string package)
    {
        NuspecReader nuspec = reader.NuspecReader;
        if (!nuspec.GetPackageTypes().Any(type => string.Equals(type.Name, TypeName, StringComparison.OrdinalIgnoreCase)))
            throw new PluginException($"The package '{package}' is not a Tenon plugin: its type is not {TypeName}. Pack plugins with: " +
                "tenon plugins pack FOLDER");
        return (nuspec.GetId(), nuspec.GetVersion());
    }

    // Names in an archive can point anywhere, but extracted files must stay in the folder. The sizes in an archive can be wrong, so bytes
    // are counted as they are written. Returns their number, which is one more than the maximum if there are more.
    private static long Extract(PackageArchiveReader reader, string package, string file, string folder, long mostBytes)
    {
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        string target = Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(file[Root.Length..])));
        if (!target.StartsWith(root, StringComparison.Ordinal))
            throw new PluginException($"The package '{package}' contains the file '{file}', which points outside the plugin's folder. " +
                "Do not use it.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using Stream source = reader.GetStream(file);
        using FileStream written = File.Create(target);
        byte[] buffer = new byte[1 << 16];
        while (written.Position <= mostBytes && source.Read(buffer) is > 0 and int read)
            written.Write(buffer, 0, (int)Math.Min(read, mostBytes + 1 - written.Position));
        DiskFlush.File(written);
        return written.Position;
    }

    private static PluginInfo Readable(string? id, string folder)
    {
        PluginInfo plugin = PluginFolder.Read(id, folder).Plugin;
        return plugin.State == PluginState.Ready ? plugin : throw new PluginException(plugin.Reason);
    }
}
