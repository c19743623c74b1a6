using System.Globalization;
using System.Text.Json;
using Tenon.Text.Files;

namespace Tenon.Text.Chat;

/// <summary>Prompt–response pairs and conversations for supervised fine-tuning, held in memory.</summary>
[Data("chat", "Prompt–response pairs or conversations from JSON Lines", Stability = Stability.Preview)]
public sealed class ChatData : IData<ChatOptions, ChatExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public ChatData() : this(CacheFolder.OfUser()) { }

    internal ChatData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<ChatExample> Open(ChatOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        var usable = new UsableRows("conversations", context.Reject);
        var reader = new ChatReader(options, new InflatedFiles(_cache, context.Status), usable.Reject);
        var template = new ChatTemplate(options);
        IReadOnlyList<SelectedFile> train =
            FileSelection.Select("files", options.Files ?? [], context.BaseDirectory, ChatReader.Extensions);
        IReadOnlyList<SelectedFile> validation =
            FileSelection.Select("validation", options.Validation ?? [], context.BaseDirectory, ChatReader.Extensions);
        FileSelection.RejectShared(train, validation);
        Located<ChatExample>[] examples = Read(train);
        string summary = string.Create(
            CultureInfo.InvariantCulture, $"{examples.Length:N0} conversations from {train.Count} {(train.Count == 1 ? "file" : "files")}");
        return new InMemoryDataset<ChatExample>(
            new DataFacts
            {
                Summary = summary,
                Notes = FileCopies.Notes(train, validation),
                Fingerprint = CacheFolder.Fingerprint(
                    ["chat/1", JsonSerializer.Serialize(options), .. train.Select(file => CacheFolder.Describe(file.Path)),
                        "validation", .. validation.Select(file => CacheFolder.Describe(file.Path))]),
            },
            examples,
            validation.Count > 0 ? Read(validation) : null);

        Located<ChatExample>[] Read(IReadOnlyList<SelectedFile> files) => [.. usable.Read(files, reader.Read)
            .Select(conversation => new Located<ChatExample>(template.Apply(conversation.Messages), conversation.Location))];
    }
}
