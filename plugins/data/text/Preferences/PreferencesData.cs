using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Tenon.Text.Chat;
using Tenon.Text.Files;
using Tenon.Text.Tables;

namespace Tenon.Text.Preferences;

/// <summary>
/// Options of <c>preferences</c>. In JSON Lines, prompts and responses are texts or lists of messages (<c>role</c>,
/// <c>content</c>), which the tokenizer's chat template formats.
/// </summary>
public sealed record PreferencesOptions : TableOptions
{
    /// <summary>Column or field of the prompt.</summary>
    [Required, MinLength(1)]
    public string Prompt { get; init; } = "prompt";

    /// <summary>Column or field of the preferred response.</summary>
    [Required, MinLength(1)]
    public string Chosen { get; init; } = "chosen";

    /// <summary>Column or field of the rejected response.</summary>
    [Required, MinLength(1)]
    public string Rejected { get; init; } = "rejected";

    /// <summary>
    /// Column or field of the margin, which states how strongly the response was preferred. By default, pairs have no margins.
    /// </summary>
    public string? Margin { get; init; }

    /// <summary>
    /// File with the chat template in Jinja, relative to the recipe, which replaces the model's own. Defaults to the template of the
    /// tokenizer, or to a plain one if it has none. Only for lists of messages.
    /// </summary>
    [Path]
    public string? Template { get; init; }
}

/// <summary>Pairs of a preferred and a rejected response.</summary>
[Data("preferences", "Prompts or conversations with a preferred and a rejected response, from JSON Lines, CSV and TSV",
    Stability = Stability.Preview)]
public sealed class PreferencesData : IData<PreferencesOptions, PreferenceExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public PreferencesData() : this(CacheFolder.OfUser()) { }

    internal PreferencesData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<PreferenceExample> Open(PreferencesOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        string[] columns =
            [options.Prompt, options.Chosen, options.Rejected, .. options.Margin is { } margin ? [margin] : Array.Empty<string>()];
        var chats = new Dictionary<string, PreferenceExample>(StringComparer.Ordinal);
        Table table = Table.Open(options, columns, _cache, context, ReadChats);
        if (options.Template is not null && chats.Count == 0)
            throw new DataException("'template' is set, but the responses are texts, which no template formats. Remove it, or " +
                "use lists of messages.");
        ChatTemplateChoice? template = chats.Count > 0 ? ChatTemplates.Of(options.Template, context) : null;
        return new InMemoryDataset<PreferenceExample>(
            new DataFacts
            {
                Summary = table.Summary,
                Notes = table.Notes,
                ChatTemplate = template,
                Fingerprint = template is null ? table.Fingerprint : CacheFolder.Fingerprint([table.Fingerprint, template.Source]),
            },
            Pairs(table.Train),
            table.Validation is null ? null : Pairs(table.Validation));

        // The rows of conversations have no cells; their locations identify the examples.
        IReadOnlyList<TableRow>? ReadChats(string file, InflatedFiles inflated, Action<DataException> reject)
        {
            if (new PreferenceChats(options, inflated, reject).Read(file) is not { } pairs)
                return null;
            foreach (Located<PreferenceExample> pair in pairs)
                chats[pair.Origin!] = pair.Example;
            return [.. pairs.Select(pair => new TableRow(pair.Origin!, []))];
        }

        Located<PreferenceExample>[] Pairs(IReadOnlyList<TableRow> rows)
        {
            var pairs = new List<Located<PreferenceExample>>();
            foreach (TableRow row in rows)
            {
                try
                {
                    pairs.Add(new Located<PreferenceExample>(chats.GetValueOrDefault(row.Location) ?? Pair(row), row.Location));
                }
                catch (DataException fault)
                {
                    context.Reject(fault);
                }
            }

            return [.. pairs];
        }
    }

    private static PreferenceExample Pair(TableRow row)
    {
        IReadOnlyList<string> cells = row.Cells;
        if (cells[1] == cells[2])
            throw new DataException(
                $"{row.Location}: the preferred and the rejected response are the same, so there is nothing to learn. Remove the row.");
        if (cells.Count == 3)
            return new PreferenceExample(cells[0], cells[1], cells[2]);
        return double.TryParse(cells[3], NumberStyles.Float, CultureInfo.InvariantCulture, out double margin) && double.IsFinite(margin)
            ? new PreferenceExample(cells[0], cells[1], cells[2], margin)
            : throw new DataException($"{row.Location}: the margin is '{cells[3]}', which is not a number.");
    }
}
