using System.Globalization;
using Microsoft.Extensions.FileSystemGlobbing;
using Tenon.Images.Pixels;

namespace Tenon.Images.Folders;

/// <summary>Finds the images of a split and their classes, and records what is not read.</summary>
/// <param name="root">The folder of the data.</param>
/// <param name="options">Patterns and the source of classes.</param>
/// <param name="notes">Receives sentences for the user.</param>
internal sealed class FolderReader(string root, ImageFoldersOptions options, List<string> notes)
{
    private const string Component = "image-folders";
    private static readonly string _read = string.Join(", ", ImageDecoder.Extensions);

    /// <summary>Reads a split.</summary>
    /// <param name="split">Name of the split's folder; empty for the root.</param>
    /// <exception cref="DataException">There are no images, or some are outside the class folders.</exception>
    public IReadOnlyList<ImageFile> Read(string split)
    {
        string start = Path.Combine(root, split);
        string[] found = [.. Below(start, new HashSet<string>(StringComparer.Ordinal))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => file.Split('/').All(FolderScan.IsVisible)).Order(StringComparer.Ordinal)];
        string[] wanted = Without(found, options.Exclude);
        string[] taken = Matching(wanted, options.Include ?? [.. ImageDecoder.Extensions.Select(extension => $"**/*{extension}")]);
        if (taken.Length == 0)
        {
            string fix = options.Include is null
                ? $"Image files end in {_read}"
                : "Correct 'include' and 'exclude'; patterns are relative to 'path'";
            throw new DataException(found.Length == 0
                ? $"{Component}: the folder '{start}' has no files. Put images in it, or set 'path' to another folder."
                : $"{Component}: none of the {found.Length} files in '{start}' matches (the first is '{found[0]}'). " +
                    $"{fix}.");
        }

        int depth = split.Length == 0 ? 0 : 1;
        List<ImageFile> images = [.. taken.Select(file => new ImageFile(Path.Combine(root, file), ClassOf(file.Split('/'), depth)))];
        bool classes = images.Exists(image => image.Class is not null);
        if (options.Labels != FolderLabels.None && images.Find(image => image.Class is null) is { } outside
            && (options.Labels == FolderLabels.Folders || classes))
            throw new DataException($"{Component}: '{outside.Path}' is not in a class folder. Move it into one, exclude it with " +
                "'exclude', or set 'labels' to 'none'.");

        string[] left = [.. wanted.Except(taken, StringComparer.Ordinal)];
        if (options.Include is null && left.Length > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{Component}: {left.Length:N0} {(left.Length == 1 ? "file" : "files")} in '{start}' " +
                $"{(left.Length == 1 ? "is" : "are")} not read: {Endings(left)} (the first is '{left[0]}'). Files that end in " +
                $"{_read} are read; convert the others, or list them in 'exclude'."));
        }

        if (classes)
        {
            NoteLostClasses(start, found, left, depth, [.. images.Select(image => image.Class).OfType<string>()]);
            NoteInnerFolders(start, taken, depth);
        }

        return images;
    }

    // Links are followed. A folder that is reached twice is read once: a link to a parent would otherwise never end.
    private static IEnumerable<string> Below(string folder, HashSet<string> visited)
    {
        string real = RealPath.Of(folder);
        if (!visited.Add(real))
            return [];
        return Directory.EnumerateFiles(real).Select(file => Path.Combine(folder, Path.GetFileName(file)))
            .Concat(Directory.EnumerateDirectories(real).Order(StringComparer.Ordinal)
                .Select(below => Path.Combine(folder, Path.GetFileName(below)))
                .Where(below => FolderScan.IsVisible(Path.GetFileName(below)))
                .SelectMany(below => Below(below, visited)));
    }

    // Classes whose folder exists but has no images. Files matched by 'exclude' were omitted on purpose.
    private void NoteLostClasses(string start, string[] found, string[] left, int depth, HashSet<string> classes)
    {
        foreach (string folder in FolderScan.VisibleFolders(start).Where(folder => !classes.Contains(LabelSet.Clean(folder))))
        {
            bool IsOfClass(string file) => ClassOf(file.Split('/'), depth) == LabelSet.Clean(folder);
            string[] unread = [.. left.Where(IsOfClass)];
            if (unread.Length > 0)
                notes.Add($"{Component}: the class '{folder}' is skipped: none of the files in '{Path.Combine(start, folder)}' is an " +
                    $"image that can be read ({Endings(unread)}). Convert them, or remove the folder.");
            else if (!found.Any(IsOfClass) && RealPath.Of(Path.Combine(start, folder)) is var real
                && real != Path.Combine(RealPath.Of(start), folder))
                notes.Add($"{Component}: the class '{folder}' is skipped: '{Path.Combine(start, folder)}' is a link to '{real}', whose " +
                    "images are read once, under the first name. Remove the link, or copy the images.");
            else if (!found.Any(IsOfClass))
                notes.Add($"{Component}: the class '{folder}' is skipped: '{Path.Combine(start, folder)}' has no files. Put images " +
                    "in it, or remove the folder.");
        }
    }

    // A single folder that contains folders of images is rarely a class: images/data/cat, images/data/dog.
    private void NoteInnerFolders(string start, string[] taken, int depth)
    {
        string[][] paths = [.. taken.Select(file => file.Split('/'))];
        string[] outer = [.. paths.Select(parts => parts[depth]).Distinct(StringComparer.Ordinal)];
        if (outer.Length > 1 || paths.Any(parts => parts.Length < depth + 3))
            return;
        string[] inner = [.. paths.Select(parts => parts[depth + 1]).Distinct(StringComparer.Ordinal)];
        if (inner.Length > 1)
            notes.Add($"{Component}: the only class is '{outer[0]}', although its images are in the folders " +
                $"{ImageSelection.Names(inner)}. If these are the classes, set 'path' to '{Path.Combine(start, outer[0])}'.");
    }

    private string? ClassOf(string[] parts, int depth) =>
        options.Labels == FolderLabels.None || parts.Length <= depth + 1 ? null : LabelSet.Clean(parts[depth]);

    private static string[] Matching(string[] files, IEnumerable<string> include)
    {
        var matcher = new Matcher(StringComparison.OrdinalIgnoreCase);
        matcher.AddIncludePatterns(include);
        return [.. matcher.Match(files).Files.Select(match => match.Path).Order(StringComparer.Ordinal)];
    }

    private static string[] Without(string[] files, string[]? exclude) =>
        exclude is null or [] ? files : [.. files.Except(Matching(files, exclude), StringComparer.Ordinal)];

    // The most frequent first: 8 .tif, 2 .txt
    private static string Endings(IEnumerable<string> files) => string.Join(", ", files
        .GroupBy(file => Path.GetExtension(file).ToLowerInvariant()).OrderByDescending(ending => ending.Count())
        .ThenBy(ending => ending.Key, StringComparer.Ordinal)
        .Select(ending => string.Create(CultureInfo.InvariantCulture, $"{ending.Count():N0} " +
            $"{(ending.Key.Length > 0 ? ending.Key : "without an extension")}")));
}
