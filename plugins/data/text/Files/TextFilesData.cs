using System.Globalization;

namespace Tenon.Text.Files;

/// <summary>
/// Text from your files. Opening scans each file once to find its documents and reject malformed ones; afterwards only the
/// documents' offsets are in memory, and the text stays on disk.
/// </summary>
[Data("text-files", "Plain text and JSON Lines, from files, folders and patterns", Stability = Stability.Preview)]
public sealed class TextFilesData : IData<TextFilesOptions, TextExample>
{
    // Well below the common limit of 1,024 open files per process.
    private const int MaxOpenFiles = 128;

    private static readonly string[] Extensions = [".txt", ".text", ".md", ".rst", ".jsonl", ".ndjson"];

    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public TextFilesData() : this(CacheFolder.OfUser()) { }

    internal TextFilesData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<TextExample> Open(TextFilesOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        IReadOnlyList<SelectedFile> train = FileSelection.Select("files", options.Files ?? [], context.BaseDirectory, Extensions);
        IReadOnlyList<SelectedFile> validation =
            FileSelection.Select("validation", options.Validation ?? [], context.BaseDirectory, Extensions);
        FileSelection.RejectShared(train, validation);
        TextDocuments trainDocuments = OpenAll("files", train, options, context);
        try
        {
            TextDocuments? validationDocuments = validation.Count > 0 ? OpenAll("validation", validation, options, context) : null;
            return new Dataset(Facts(options, train, trainDocuments, validation, validationDocuments), trainDocuments, validationDocuments);
        }
        catch
        {
            trainDocuments.Dispose();
            throw;
        }
    }

    private TextDocuments OpenAll(string key, IReadOnlyList<SelectedFile> files, TextFilesOptions options, DataContext context)
    {
        var inflated = new InflatedFiles(_cache, context.Status);
        var sources = new List<TextSource>();
        try
        {
            foreach (SelectedFile file in files)
            {
                var source = new TextSource(inflated.Content(file.Path), file.Path, options.Documents,
                    FileSelection.Extension(file.Path) is ".jsonl" or ".ndjson" ? new JsonField(options.Field) : null,
                    keepOpen: sources.Count < MaxOpenFiles);
                if (source.Count > 0)
                {
                    sources.Add(source);
                    continue;
                }

                source.Dispose();
                if (file.Named)
                    throw new DataException($"{key}: '{file.Path}' contains no text ({new FileInfo(file.Path).Length} bytes). Remove " +
                        "it, or add text to it.");
                context.Status($"{Path.GetFileName(file.Path)} contains no text and is skipped");
            }

            return sources.Count > 0 ? new TextDocuments(sources) : throw new DataException(
                $"{key}: none of the {files.Count} files found contains text; the first is '{files[0].Path}'. Select files with text.");
        }
        catch
        {
            sources.ForEach(source => source.Dispose());
            throw;
        }
    }

    private static DataFacts Facts(
        TextFilesOptions options, IReadOnlyList<SelectedFile> train, TextDocuments trainDocuments,
        IReadOnlyList<SelectedFile> validation, TextDocuments? validationDocuments)
    {
        string summary = Describe(train.Count, trainDocuments);
        if (validationDocuments is not null)
            summary += $"; for validation {Describe(validation.Count, validationDocuments)}";
        string[] parts = ["text-files/2", options.Documents.ToString(), options.Field,
            .. train.Select(file => CacheFolder.Describe(file.Path)), "validation",
            .. validation.Select(file => CacheFolder.Describe(file.Path))];
        return new DataFacts
        {
            Summary = summary,
            Notes = FileCopies.Notes(train, validation),
            Fingerprint = CacheFolder.Fingerprint(parts)
        };
    }

    private static string Describe(int files, TextDocuments documents) =>
        $"{Plural(files, "file")}, {Plural(documents.Count, "document")}, " +
        $"{documents.Bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes";

    private static string Plural(long count, string noun) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {noun}{(count == 1 ? "" : "s")}";

    private sealed class Dataset(DataFacts facts, TextDocuments train, TextDocuments? validation) : IDataset<TextExample>
    {
        public DataFacts Facts => facts;

        public IExamples<TextExample> Train => train;

        public IExamples<TextExample>? Validation => validation;

        public void Dispose()
        {
            train.Dispose();
            validation?.Dispose();
        }
    }
}
