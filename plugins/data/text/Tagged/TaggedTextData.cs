using Tenon.Text.Files;
using Tenon.Text.Tables;

namespace Tenon.Text.Tagged;

/// <summary>Sentences with a tag for each word, from your files. Classes are the distinct tags, sorted.</summary>
[Data("tagged-text", "Sentences with a tag for each word, from CoNLL files and JSON Lines", Stability = Stability.Preview)]
public sealed class TaggedTextData : IData<TaggedTextOptions, TokenLabelledExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public TaggedTextData() : this(CacheFolder.OfUser()) { }

    internal TaggedTextData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<TokenLabelledExample> Open(TaggedTextOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        var usable = new UsableRows("sentences", context.Reject);
        var reader = new TaggedTextReader(options, new InflatedFiles(_cache, context.Status), usable.Reject);
        IReadOnlyList<SelectedFile> files =
            FileSelection.Select("files", options.Files ?? [], context.BaseDirectory, TaggedTextReader.Extensions);
        IReadOnlyList<SelectedFile> held =
            FileSelection.Select("validation", options.Validation ?? [], context.BaseDirectory, TaggedTextReader.Extensions);
        FileSelection.RejectShared(files, held);
        List<TaggedSentence> train = usable.Read(files, reader.Read);
        List<TaggedSentence>? validation = held.Count > 0 ? usable.Read(held, reader.Read) : null;
        var labels = new LabelSet(train.Concat(validation ?? []).SelectMany(sentence => sentence.Tags));
        string summary = $"{Table.Count(files.Count, "file")}, {Table.Count(train.Count, "sentence")}";
        if (validation is not null)
            summary += $"; for validation {Table.Count(held.Count, "file")}, {Table.Count(validation.Count, "sentence")}";
        string fingerprint = CacheFolder.Fingerprint(
            ["tagged/2", $"{options.Words}|{options.Tags}|{options.Column}", .. files.Select(file => CacheFolder.Describe(file.Path)),
                "validation", .. held.Select(file => CacheFolder.Describe(file.Path))]);
        return TaggedSentence.Dataset(
            train, validation, labels.Names, $"{summary}, {Table.Count(labels.Names.Count, "tag")}", fingerprint,
            [.. FileCopies.Notes(files, held), .. labels.Similar, .. labels.NothingToLearn]);
    }
}
