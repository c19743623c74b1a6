using System.ComponentModel.DataAnnotations;
using Tenon.Text.Tables;

namespace Tenon.Text.Problems;

/// <summary>Options of <c>prompts</c>.</summary>
public sealed record PromptsOptions : TableOptions
{
    /// <summary>Column or JSON Lines field of the prompt. Use dots for nested fields: <c>task.question</c>.</summary>
    [Required, MinLength(1)]
    public string Prompt { get; init; } = "prompt";

    /// <summary>Column or JSON Lines field of the answer: a text or a number.</summary>
    [Required, MinLength(1)]
    public string Answer { get; init; } = "answer";
}

/// <summary>Prompts with answers, which rewards can check and supervised fine-tuning can train on.</summary>
[Data("prompts", "Prompts with answers, from JSON Lines, CSV and TSV", Stability = Stability.Preview)]
public sealed class PromptsData : IData<PromptsOptions, PromptExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public PromptsData() : this(CacheFolder.OfUser()) { }

    internal PromptsData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<PromptExample> Open(PromptsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        return Table.Open(options, [options.Prompt, options.Answer], _cache, context).Filled(column: 1, "answer", context.Reject)
            .Dataset(labels: null, cells => new PromptExample(cells[0], cells[1]));
    }
}
