using System.Globalization;
using System.Text.Json;
using Tenon.Text.Files;

namespace Tenon.Text.Chat;

/// <summary>
/// Conversations for supervised fine-tuning, held in memory. The tokenizer's chat template formats them; the loss covers the
/// assistant's messages.
/// </summary>
[Data("chat", "Conversations in OpenAI's, ShareGPT's or Alpaca's format, or prompts with responses", Stability = Stability.Preview)]
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
        IReadOnlyList<SelectedFile> train =
            FileSelection.Select("files", options.Files ?? [], context.BaseDirectory, JsonRecords.Extensions);
        IReadOnlyList<SelectedFile> validation =
            FileSelection.Select("validation", options.Validation ?? [], context.BaseDirectory, JsonRecords.Extensions);
        FileSelection.RejectShared(train, validation);
        ChatTemplateChoice template = ChatTemplates.Of(options.Template, context);
        List<Located<ChatExample>> examples = usable.Read(train, reader.Read);
        string summary = string.Create(
            CultureInfo.InvariantCulture, $"{examples.Count:N0} conversations from {train.Count} {(train.Count == 1 ? "file" : "files")}");
        return new InMemoryDataset<ChatExample>(
            new DataFacts
            {
                Summary = summary,
                Notes = FileCopies.Notes(train, validation),
                ChatTemplate = template,
                Fingerprint = CacheFolder.Fingerprint(
                    ["chat/2", JsonSerializer.Serialize(options), template.Source, .. train.Select(file => CacheFolder.Describe(file.Path)),
                        "validation", .. validation.Select(file => CacheFolder.Describe(file.Path))]),
            },
            examples,
            validation.Count > 0 ? usable.Read(validation, reader.Read) : null);
    }
}
