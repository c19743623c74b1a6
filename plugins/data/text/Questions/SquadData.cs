using Tenon.Text.Files;
using Tenon.Text.Tables;

namespace Tenon.Text.Questions;

/// <summary>
/// Questions about passages from your files, in the JSON format of SQuAD 1.1 (Rajpurkar et al. 2016) or 2.0 (2018), which also has
/// questions without an answer.
/// </summary>
[Data("squad", "Questions about passages with answers as spans, from JSON files in SQuAD's format", Stability = Stability.Preview)]
public sealed class SquadData : IData<SquadOptions, QuestionAnswerExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public SquadData() : this(CacheFolder.OfUser()) { }

    internal SquadData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<QuestionAnswerExample> Open(SquadOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        var usable = new UsableRows("questions", context.Reject);
        var reader = new SquadReader(new InflatedFiles(_cache, context.Status), usable.Reject);
        IReadOnlyList<SelectedFile> files =
            FileSelection.Select("files", options.Files ?? [], context.BaseDirectory, SquadReader.Extensions);
        IReadOnlyList<SelectedFile> held =
            FileSelection.Select("validation", options.Validation ?? [], context.BaseDirectory, SquadReader.Extensions);
        FileSelection.RejectShared(files, held);
        List<Located<QuestionAnswerExample>> train = usable.Read(files, reader.Read);
        List<Located<QuestionAnswerExample>>? validation = held.Count > 0 ? usable.Read(held, reader.Read) : null;
        string summary = $"{Table.Count(files.Count, "file")}, {Count(train)}";
        if (validation is not null)
            summary += $"; for validation {Table.Count(held.Count, "file")}, {Count(validation)}";
        return new InMemoryDataset<QuestionAnswerExample>(
            new DataFacts
            {
                HasQuestions = true,
                Summary = summary,
                Notes = FileCopies.Notes(files, held),
                Fingerprint = CacheFolder.Fingerprint(
                    ["squad/1", .. files.Select(file => CacheFolder.Describe(file.Path)),
                        "validation", .. held.Select(file => CacheFolder.Describe(file.Path))]),
            },
            train, validation);
    }

    private static string Count(List<Located<QuestionAnswerExample>> questions) =>
        $"{Table.Count(questions.Count, "question")} ({Table.Count(questions.Count(one => one.Example.Answers.Count == 0), "question")} " +
        "without an answer)";
}
