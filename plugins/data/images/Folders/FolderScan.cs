using System.Security.Cryptography;

namespace Tenon.Images.Folders;

/// <summary>An image file.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Class">The name of its class, or null.</param>
internal sealed record ImageFile(string Path, string? Class)
{
    private const int FullHashLimit = 1024 * 1024;
    private const int End = 128 * 1024;

    /// <summary>
    /// Returns the class, the size and a hash of the content, for fingerprints. Only the first and last 128 KiB of a file larger
    /// than 1 MiB are read, because there may be millions of files; a change in the middle of such a file goes unnoticed.
    /// </summary>
    public string Describe()
    {
        try
        {
            return $"{Class}|{Content()}";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"{Class}|unreadable"; // the error is reported when the image's size is read
        }
    }

    private string Content()
    {
        using FileStream stream = File.OpenRead(Path);
        var part = new byte[stream.Length <= FullHashLimit ? (int)stream.Length : 2 * End];
        int half = part.Length / 2;
        stream.ReadExactly(part, 0, half);
        stream.Seek(half - part.Length, SeekOrigin.End);
        stream.ReadExactly(part, half, part.Length - half);
        return $"{stream.Length}|{Convert.ToHexStringLower(SHA256.HashData(part))}";
    }
}

/// <summary>The images of a folder by split, each sorted by path in ordinal order.</summary>
/// <param name="Train">Training images.</param>
/// <param name="Validation">The name and the images of the validation folder, or null.</param>
/// <param name="Notes">What was not read, and how ambiguous folders were interpreted.</param>
internal sealed record FolderScan(
    IReadOnlyList<ImageFile> Train, (string Folder, IReadOnlyList<ImageFile> Images)? Validation, IReadOnlyList<string> Notes)
{
    private const string Component = "image-folders";

    // The names that Hugging Face's image folders recognize; the first that exists is used for validation.
    private static readonly string[] _trainFolders = ["train", "training"];
    private static readonly string[] _validationFolders = ["val", "valid", "validation", "dev", "test", "testing", "eval", "evaluation"];

    /// <summary>Scans a folder.</summary>
    /// <param name="root">Its path.</param>
    /// <param name="options">Patterns and the source of classes.</param>
    /// <exception cref="DataException">
    /// There are no images, some are outside the class folders, or two folders are the same split.
    /// </exception>
    public static FolderScan Of(string root, ImageFoldersOptions options)
    {
        var notes = new List<string>();
        string[] folders = VisibleFolders(root);
        string[] train = Splits(root, folders, _trainFolders);
        string[] held = Splits(root, folders, _validationFolders);
        string[] others = [.. folders.Except(train).Except(held)];

        // A folder named train next to class folders is itself a class (the vehicle).
        if (train.Length > 0 && others.Length == 0)
        {
            if (train.Length > 1)
                throw DuplicateSplit(root, train[0], train[1]);
            if (held.Length > 1)
                notes.Add($"{Component}: validating on '{held[0]}'; not read: {ImageSelection.Names(held.Skip(1))}.");
            IReadOnlyList<ImageFile> images = new FolderReader(root, options, notes).Read(train[0]);
            IReadOnlyList<ImageFile>? validation = held.Length == 0 ? null : new FolderReader(root, options, notes).Read(held[0]);
            if (validation is not null)
                notes.AddRange(MissingFromValidation(images, validation, held[0]));
            return new FolderScan(images, validation is null ? null : (held[0], validation), notes);
        }

        if (train.Concat(held).ToArray() is { Length: > 0 } splits && options.Labels != FolderLabels.None)
        {
            bool one = splits.Length == 1;
            string reason =
                others.Length > 0 ? $"'{others[0]}' next to {(one ? "it" : "them")} is not a split" : $"there is no '{_trainFolders[0]}'";
            notes.Add($"{Component}: {ImageSelection.Names(splits)} " +
                $"{(one ? "is read as a class, not as a split" : "are read as classes, not as splits")}, because {reason}.");
        }

        return new FolderScan(new FolderReader(root, options, notes).Read(""), null, notes);
    }

    // Case does not matter: Train, TEST.
    private static string[] Splits(string root, string[] folders, string[] names)
    {
        string[] found =
            [.. names.SelectMany(name => folders.Where(folder => string.Equals(folder, name, StringComparison.OrdinalIgnoreCase)))];
        return found.GroupBy(folder => folder, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(same => same.Count() > 1)?.ToArray() is { } twice
            ? throw DuplicateSplit(root, twice[0], twice[1])
            : found;
    }

    private static DataException DuplicateSplit(string root, string first, string second) =>
        new($"{Component}: '{root}' has the folders '{first}' and '{second}', which are the same split. Move the images into one of them.");

    private static IEnumerable<string> MissingFromValidation(
        IReadOnlyList<ImageFile> train, IReadOnlyList<ImageFile> validation, string folder)
    {
        string[] without =
            [.. train.Select(image => image.Class).OfType<string>().Except(validation.Select(image => image.Class).OfType<string>())];
        if (without.Length > 0 && validation.Any(image => image.Class is not null))
            yield return $"{Component}: '{folder}' has no images of {ImageSelection.Names(without.Order(StringComparer.Ordinal))}, " +
                "so validation does not cover them.";
    }

    /// <summary>Returns the names of the folders in a folder, without hidden ones, in ordinal order.</summary>
    internal static string[] VisibleFolders(string folder) =>
        [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Where(IsVisible).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Returns whether a file or folder belongs to the data. Tools put their own files next to images: .DS_Store, ._photo.jpg,
    /// .ipynb_checkpoints.
    /// </summary>
    internal static bool IsVisible(string name) => !name.StartsWith('.');
}
