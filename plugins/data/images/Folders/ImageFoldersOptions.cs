namespace Tenon.Images.Folders;

/// <summary>Where the class of an image comes from.</summary>
public enum FolderLabels
{
    /// <summary>The class folders, if there are any; images in a single folder have no class.</summary>
    Auto,

    /// <summary>The folder right below the root (or below <c>train</c>). Images outside such a folder are an error.</summary>
    Folders,

    /// <summary>Images have no class; folders are ignored.</summary>
    None,
}

/// <summary>Options of <c>image-folders</c>.</summary>
public sealed record ImageFoldersOptions : ImageOptions
{
    /// <summary>
    /// The folder, which contains one folder per class, or images. If all its folders are splits, they contain the class
    /// folders: <c>train</c> or <c>training</c>, and the first of these that exists: <c>val</c>, <c>valid</c>,
    /// <c>validation</c>, <c>dev</c>, <c>test</c>, <c>testing</c>, <c>eval</c>, <c>evaluation</c>. Case does not matter.
    /// Required.
    /// </summary>
    [Folder]
    public string? Path { get; init; }

    /// <summary>
    /// Patterns of files to include, relative to <c>path</c>, such as <c>**/front-*.png</c>. Defaults to all .bmp, .gif, .jpeg,
    /// .jpg, .png and .webp files.
    /// </summary>
    public string[]? Include { get; init; }

    /// <summary>Patterns of files to exclude. By default, none are excluded.</summary>
    public string[]? Exclude { get; init; }

    /// <summary>Where the class of an image comes from.</summary>
    public FolderLabels Labels { get; init; } = FolderLabels.Auto;
}
