using System.Security.Cryptography;
using Microsoft.Extensions.FileSystemGlobbing;
using Tenon.Images.Pixels;

namespace Tenon.Images.Folders;

/// <summary>An image file.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Class">The name of its class, or null.</param>
internal sealed record ImageFile(string Path, string? Class)
{
    private const int End = 128 * 1024;

    /// <summary>
    /// Class, size, and a hash of the beginning and the end of the file, for fingerprints: whole photographs are not read, because
    /// there may be millions, and a compressed image does not change in its middle alone.
    /// </summary>
    public string Describe()
    {
        using FileStream stream = File.OpenRead(Path);
        var part = new byte[(int)Math.Min(stream.Length, 2 * End)];
        int half = part.Length / 2;
        stream.ReadExactly(part, 0, half);
        stream.Seek(half - part.Length, SeekOrigin.End);
        stream.ReadExactly(part, half, part.Length - half);
        return $"{Class}|{stream.Length}|{Convert.ToHexStringLower(SHA256.HashData(part))}";
    }
}

/// <summary>The images of a folder, split by split, in the ordinal order of their paths.</summary>
/// <param name="Train">Training images.</param>
/// <param name="Validation">The name and the images of the validation folder, or null.</param>
/// <param name="Unused">Names of split folders that are not read.</param>
internal sealed record FolderScan(
    IReadOnlyList<ImageFile> Train, (string Folder, IReadOnlyList<ImageFile> Images)? Validation, IReadOnlyList<string> Unused)
{
    private const string Component = "image-folders";
    private const string TrainFolder = "train";
    private static readonly string[] _validationFolders = ["val", "valid", "validation", "test"];

    /// <summary>Scans a folder.</summary>
    /// <param name="root">Its path.</param>
    /// <param name="options">Patterns and the source of classes.</param>
    /// <exception cref="DataException">There are no images, or some are outside the class folders.</exception>
    public static FolderScan Of(string root, ImageFoldersOptions options)
    {
        string[] folders = [.. Directory.GetDirectories(root).Select(folder => Path.GetFileName(folder)).Where(IsVisible).Order(StringComparer.Ordinal)];
        string[] held = [.. _validationFolders.Where(folders.Contains)];

        // A folder named train next to class folders is itself a class (the vehicle).
        if (folders.Contains(TrainFolder) && folders.All(folder => folder == TrainFolder || held.Contains(folder)))
        {
            IReadOnlyList<ImageFile> train = Split(root, TrainFolder, options);
            return new FolderScan(train, held.Length == 0 ? null : (held[0], Split(root, held[0], options)), [.. held.Skip(1)]);
        }

        return new FolderScan(Split(root, "", options), null, []);
    }

    private static List<ImageFile> Split(string root, string split, ImageFoldersOptions options)
    {
        string start = Path.Combine(root, split);
        var matcher = new Matcher(StringComparison.OrdinalIgnoreCase);
        matcher.AddIncludePatterns(options.Include ?? [.. ImageDecoder.Extensions.Select(extension => $"**/*{extension}")]);
        matcher.AddExcludePatterns(options.Exclude ?? []);
        string[] found = [.. Directory.EnumerateFiles(start, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))];
        string[] taken = [.. matcher.Match(found.Where(file => file.Split('/').All(IsVisible))).Files.Select(match => match.Path).Order(StringComparer.Ordinal)];
        if (taken.Length == 0)
        {
            throw new DataException(found.Length == 0
                ? $"{Component}: the folder '{start}' has no files. Put images in it, or set 'path' to another folder."
                : $"{Component}: none of the {found.Length} files in '{start}' matches (the first is '{found.Min(StringComparer.Ordinal)}'). {(options.Include is null ? $"Image files end in {string.Join(", ", ImageDecoder.Extensions)}" : "Correct 'include' and 'exclude'; patterns are relative to 'path'")}.");
        }

        int depth = split.Length == 0 ? 0 : 1;
        List<ImageFile> images = [.. taken.Select(file => new ImageFile(Path.Combine(root, file), ClassOf(file.Split('/'), depth, options.Labels)))];
        if (options.Labels != FolderLabels.None && images.Find(image => image.Class is null) is { } outside
            && (options.Labels == FolderLabels.Folders || images.Exists(image => image.Class is not null)))
        {
            throw new DataException($"{Component}: '{outside.Path}' is not in a class folder. Move it into one, leave it out with 'exclude', or set 'labels' to 'none'.");
        }

        return images;
    }

    private static string? ClassOf(string[] parts, int depth, FolderLabels labels) =>
        labels == FolderLabels.None || parts.Length <= depth + 1 ? null : parts[depth];

    // Tools put their own files next to images: .DS_Store, ._photo.jpg, .ipynb_checkpoints.
    private static bool IsVisible(string name) => !name.StartsWith('.');
}
