using System.Globalization;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;
using Tenon.Images.Pixels;

namespace Tenon.Images.Tables;

/// <summary>
/// Images in tables: CSV with one column per pixel, or Parquet with encoded images, the format of Hugging Face data sets.
/// Parquet files are loaded and kept encoded; pixels are decoded on access. Color in CSV is not supported.
/// </summary>
[Data("image-table", "Tables of images: CSV with one column per pixel, or Parquet with encoded images", Stability = Stability.Preview)]
public sealed class ImageTableData : IData<ImageTableOptions, ImageExample>
{
    private const string Component = "image-table";

    // The brightest pixel of most images is rarely below an eighth of white, unless white has another value.
    private const double Dark = 1 / 8.0;

    /// <inheritdoc/>
    public IDataset<ImageExample> Open(ImageTableOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        IReadOnlyList<string> trainFiles = Paths.Files(options.Path, "path", Component, context);
        IReadOnlyList<string> testFiles = options.TestPath is null ? [] : Paths.Files(options.TestPath, "testPath", Component, context);

        Part train = Read(trainFiles, options, context);
        Part? test = testFiles.Count == 0 ? null : Read(testFiles, options, context);
        IReadOnlyList<string> labels = [];
        IReadOnlyList<string> similar = [];
        if (train.Labels is not null)
        {
            string[][] splits = test is null ? [train.Labels] : [train.Labels, test.Labels!];
            (labels, IReadOnlyList<int[]> indices, similar) = LabelNames.OfTexts(splits, options.LabelNames ?? train.LabelNames, Component);
            train = train with { Source = train.Source with { Labels = indices[0] } };
            test = test is null ? null : test with { Source = test.Source with { Labels = indices[1] } };
        }

        string description = Path.GetFileName(trainFiles[0]) + (trainFiles.Count > 1 ? $" and {trainFiles.Count - 1} more" : "");
        var origin = new ImageOrigin(Component, description, trainFiles.Concat(testFiles).Select(CacheFolder.Describe))
        {
            Notes = [.. train.Notes, .. test?.Notes ?? [], .. similar],
        };
        return ImageDataset.Open(origin, labels, train.Source, test?.Source, options, context);
    }

    private static Part Read(IReadOnlyList<string> files, ImageTableOptions options, DataContext context)
    {
        Part? all = null;
        foreach (string file in files)
        {
            context.Status($"reading {Path.GetFileName(file)}");
            Part part = file.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)
                ? ReadParquet(file, options, context)
                : ReadCsv(file, options, context);
            all = all is null ? part : Concatenate(all, part);
        }

        return all!;
    }

    private static Part ReadCsv(string file, ImageTableOptions options, DataContext context)
    {
        string name = Path.GetFileName(file).ToLowerInvariant();
        bool packed = name.EndsWith(".gz", StringComparison.Ordinal);
        if (Path.GetExtension(packed ? name[..^3] : name) is not (".csv" or ".tsv"))
            throw new DataException($"{Component}: '{file}' has an unknown extension. Allowed: .csv, .csv.gz, .tsv, .tsv.gz and .parquet.");
        if (options.CaptionColumn is not null)
            throw new DataException(
                $"{Component}: 'captionColumn' is set, but '{file}' is CSV. Captions are supported in Parquet only; remove it.");

        var layout = new CsvLayout(options.LabelColumn, options.Height, options.Width, options.PixelMaximum);
        try
        {
            ImageRows rows = CsvImages.Read(Open, file, layout, context.Reject);
            ImageSource source =
                ImageSource.InMemory(rows.Pixels, rows.Height, rows.Width, 1) with { Origin = i => $"{file}:{rows.Lines[i]}" };
            return new Part(source, rows.Labels, null) { Notes = [.. Notes(file, rows.Brightest, options.PixelMaximum)] };
        }
        catch (Exception damaged) when (damaged is SharpZipBaseException or EndOfStreamException or IndexOutOfRangeException)
        {
            throw new DataException($"'{file}' is a damaged gzip file: {damaged.Message.TrimEnd('.')}. Download it again.", damaged);
        }

        // Not System.IO.Compression.GZipStream, which accepts truncated files.
        Stream Open() => packed ? new GZipInputStream(File.OpenRead(file), 1 << 16) : File.OpenRead(file);
    }

    private static IEnumerable<string> Notes(string file, IReadOnlyList<double> brightest, double white)
    {
        double[] dark = [.. brightest.Where(pixel => pixel <= white * Dark)];
        double most = dark.DefaultIfEmpty().Max();
        if (most > 0 && dark.Length * 2 > brightest.Count)
        {
            string images = dark.Length == brightest.Count
                ? "all images" : string.Create(CultureInfo.InvariantCulture, $"{dark.Length:N0} of {brightest.Count:N0} images");
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{Component}: the pixels of {images} in '{file}' are at most {most}, but 'pixelMaximum' (white) is {white}, so the " +
                $"images are almost black. If pixel values range from 0 to {most}, set 'pixelMaximum' to {most}.");
        }
    }

    private static Part ReadParquet(string file, ImageTableOptions options, DataContext context)
    {
        string? label = options.LabelColumn.Length == 0 ? null : options.LabelColumn;
        EncodedRows rows = ParquetImages.Read(file, new ParquetColumns(options.ImageColumn, label, options.CaptionColumn));
        if (rows.Images.Length == 0)
            throw new DataException($"{Component}: '{file}' has no rows. Use a file with images.");
        (int[] readable, ImageShape[] shapes) = Shapes.Of(rows.Images.Length, Shape, context.Reject);
        return new Part(
            new ImageSource(readable.Length, shapes.Aggregate(ImageShape.Common),
                i => ImageDecoder.Decode(rows.Images[readable[i]]!, Name(readable[i]), options.MaximumPixels))
            {
                Captions = rows.Captions is null ? null : [.. readable.Select(i => rows.Captions[i]!)],
                Origin = i => Name(readable[i]),
            },
            rows.Labels is null ? null : [.. readable.Select(i => rows.Labels[i]!)],
            rows.LabelNames);

        ImageShape Shape(int row)
        {
            string? missing = rows.Images[row] is null ? options.ImageColumn
                : rows.Labels is not null && string.IsNullOrWhiteSpace(rows.Labels[row]) ? label
                : rows.Captions is not null && rows.Captions[row] is null ? options.CaptionColumn : null;
            return missing is null
                ? ImageDecoder.Shape(rows.Images[row]!, Name(row), options.MaximumPixels)
                : throw new DataException($"{Name(row)}: '{missing}' has no value. Fill it in or remove the row.");
        }

        string Name(int row) => $"The image in row {row} of '{file}'";
    }

    private static Part Concatenate(Part a, Part b) => new(
        new ImageSource(
            a.Source.Count + b.Source.Count,
            ImageShape.Common(a.Source.Shape, b.Source.Shape),
            i => i < a.Source.Count ? a.Source.Read(i) : b.Source.Read(i - a.Source.Count))
        {
            Origin = a.Source.Origin is null || b.Source.Origin is null ? null : i =>
                i < a.Source.Count ? a.Source.Origin(i) : b.Source.Origin(i - a.Source.Count),
            Captions = a.Source.Captions is null ? null : [.. a.Source.Captions, .. b.Source.Captions!],
        },
        a.Labels is null ? null : [.. a.Labels, .. b.Labels!],
        a.LabelNames ?? b.LabelNames)
    {
        Notes = [.. a.Notes, .. b.Notes],
    };

    /// <summary>The content of one or more files.</summary>
    private sealed record Part(ImageSource Source, string[]? Labels, IReadOnlyList<string>? LabelNames)
    {
        /// <summary>Notes about the images for the user.</summary>
        public IReadOnlyList<string> Notes { get; init; } = [];
    }
}
