namespace Tenon.Images.Folders;

/// <summary>Where the class of an image is from.</summary>
public enum FolderLabels
{
    /// <summary>The folders, when there are any; images that lie in one folder have no class.</summary>
    Auto,

    /// <summary>The folder right below the root (or below <c>train</c>) that the image is in. Images outside are refused.</summary>
    Folders,

    /// <summary>Images have no class, however deep they lie.</summary>
    None,
}

/// <summary>Options of <c>image-folders</c>.</summary>
public sealed record ImageFoldersOptions : ImageOptions
{
    /// <summary>
    /// The folder: a folder for each class in it, or images. When all folders in it are called <c>train</c>, <c>val</c>,
    /// <c>valid</c>, <c>validation</c> or <c>test</c>, they are splits, and the classes are in them; to validate on, the
    /// first of these names after <c>train</c> is taken. Required.
    /// </summary>
    [Folder]
    public string? Path { get; init; }

    /// <summary>Patterns of the files to take, relative to <c>path</c>, as <c>**/front-*.png</c>; null: every .bmp, .jpeg, .jpg, .png and .webp.</summary>
    public string[]? Include { get; init; }

    /// <summary>Patterns of files not to take; null: none.</summary>
    public string[]? Exclude { get; init; }

    /// <summary>Where the class of an image is from.</summary>
    public FolderLabels Labels { get; init; } = FolderLabels.Auto;
}
