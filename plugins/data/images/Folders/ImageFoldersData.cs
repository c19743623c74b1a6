using Tenon.Images.Pixels;

namespace Tenon.Images.Folders;

/// <summary>
/// Image files (PNG, JPEG, WebP, BMP, GIF), in one folder per class, or in a single folder without classes. Image headers are read
/// when the data is opened, so that a damaged file is reported before training; pixels are read on access. Caption files are
/// not supported.
/// </summary>
[Data("image-folders", "Image files, one folder per class", Stability = Stability.Preview)]
public sealed class ImageFoldersData : IData<ImageFoldersOptions, ImageExample>
{
    private const string Component = "image-folders";

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(ImageFoldersOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        string root = Paths.Folder(options.Path, "path", Component, context);
        FolderScan scan = FolderScan.Of(root, options);
        string[] labels = [.. scan.Train.Select(image => image.Class).OfType<string>().Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)];
        IReadOnlyList<string> similar = new LabelSet(scan.Train.Select(image => image.Class).OfType<string>()).Similar;
        context.Status($"reading the sizes of the images in {Path.GetFileName(root)}");
        ImageSource train = Source(scan.Train, labels, options.MaximumPixels, context);
        ImageSource? test = scan.Validation is { } validation ? Source(validation.Images, labels, options.MaximumPixels, context) : null;
        ImageFile[] files = [.. scan.Train, .. scan.Validation?.Images ?? []];
        var described = new string[files.Length];
        Workers.For(files.Length, i => described[i] = files[i].Describe());
        var origin = new ImageOrigin(Component, Path.GetFileName(root), [$"{scan.Train.Count}", .. described])
        {
            Notes = [.. scan.Notes, .. similar],
        };
        return ImageDataset.Open(origin, labels, train, test, options, context);
    }

    private static ImageSource Source(IReadOnlyList<ImageFile> all, string[] labels, long maximumPixels, DataContext context)
    {
        (int[] readable, ImageShape[] shapes) = Shapes.Of(all.Count, i => ImageDecoder.Shape(all[i].Path, maximumPixels), context.Reject);
        IReadOnlyList<ImageFile> files = [.. readable.Select(i => all[i])];
        return new ImageSource(
            files.Count, shapes.Aggregate(ImageShape.Common),
            i => ImageDecoder.Decode(File.ReadAllBytes(files[i].Path), $"'{files[i].Path}'", maximumPixels))
        {
            Origin = i => files[i].Path,
            Labels = labels.Length == 0 ? null : [.. files.Select(file => Label(file, labels))],
        };
    }

    private static int Label(ImageFile file, string[] labels)
    {
        int label = Array.IndexOf(labels, file.Class);
        return label >= 0
            ? label
            : throw new DataException(
                $"{Component}: '{file.Path}' has {(file.Class is null ? "no class" : $"class '{file.Class}'")}, but the training " +
                $"split has no such images. The classes are {ImageSelection.Names(labels)}.");
    }
}
