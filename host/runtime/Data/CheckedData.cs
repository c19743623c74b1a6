using System.Text.Json;
using Tenon.Host.Events;

namespace Tenon.Host.Data;

/// <summary>
/// Checks opened data before its first use and applies the recipe's policy. Data without faults is checked only once: the result is
/// kept in the user's cache until the data, the tokenizer or the model changes.
/// </summary>
/// <param name="data">The data, from which examples may be removed.</param>
/// <param name="policy">How to handle examples that cannot be used.</param>
/// <param name="events">Receives progress, warnings and notes.</param>
internal sealed class CheckedData(OpenedData data, DataPolicy policy, RunEvents events)
{
    private const string Folder = "checks";

    /// <summary>Why the policy does not use the data, with all faults; null if it does.</summary>
    /// <param name="findings">The result of <see cref="Find"/>.</param>
    public DataException? Refusal(DataFindings findings)
    {
        string[] faults =
        [
            .. policy.OnError == OnError.Skip ? [] : data.Rejected,
            .. DataFindings.Faults(findings.Unusable.Where(example => !IsLeftOut(example))),
        ];
        return faults.Length > 0 ? new DataException(faults, DataPolicy.Advice) : null;
    }

    /// <summary>Skips what cannot be used, and reports it.</summary>
    /// <param name="findings">The result of <see cref="Find"/>.</param>
    /// <exception cref="DataException">The policy does not skip it, or nothing remains.</exception>
    public void Apply(DataFindings findings)
    {
        if (Refusal(findings) is { } refusal)
            throw refusal;
        if (data.Rejected.Count > 0)
            events.Warn(LeftOut(data.Rejected.Count, data.TrainCount + data.ValidationCount + data.Rejected.Count, data.Rejected.First()));
        if (findings.Unusable.Count == 0)
            return;
        data.LeaveOut(findings.Unusable);
        events.Warn(LeftOut(findings.Unusable.Count, findings.Training + findings.Validation, DataFindings.Faults(findings.Unusable)[0]));
    }

    /// <summary>Checks the data for a model and reports all faults, regardless of the policy.</summary>
    /// <param name="model">Collates the examples; null to only read them.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    /// <param name="options">Identifies the model's options.</param>
    /// <param name="splits">The splits that will be used.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>The findings.</returns>
    public DataFindings Find(IModel? model, ITokenizer? tokenizer, string options, IReadOnlyList<Split> splits, CancellationToken stop)
    {
        bool truncates = policy.LongPrompts == LongPrompts.Truncate;
        string? name = data.Facts.Fingerprint is not { } fingerprint ? null : CacheFolder.Fingerprint(
        [
            "checks/3", fingerprint, data.SplitKey, $"{data.Rejected.Count} {data.TrainCount} {data.ValidationCount}",
            $"{data.Origin(Split.Train, 0)} {(data.ValidationCount > 0 ? data.Origin(Split.Validation, 0) : "")}",
            tokenizer?.Fingerprint ?? "",
            data.Facts.ChatTemplate is null ? "" : tokenizer?.ChatTemplate?.Source ?? "",
            model?.GetType().AssemblyQualifiedName ?? "", $"{model?.GetType().Module.ModuleVersionId}", options, $"{truncates}",
            string.Join(' ', splits),
        ]) + ".json";
        if (name is not null && Kept(name) is { } kept)
            return kept;
        DataFindings found = new DataCheck(data, model, tokenizer, truncates).Run(splits, events.ReportActivity, stop);
        if (name is not null && found.Unusable.Count == 0)
            Keep(name, found);
        return found;
    }

    private static string LeftOut(long count, long all, string first) => FormattableString.Invariant(
        $"Skipped {count:N0} of {all:N0} examples that cannot be used. The first: {first}");

    // Null when nothing is kept, or the file cannot be used: the data is then checked again, and the file replaced.
    private DataFindings? Kept(string name)
    {
        string file = data.Settings.Cache.Locate(Folder, name);
        if (!File.Exists(file))
            return null;
        try
        {
            return JsonSerializer.Deserialize<DataFindings>(File.ReadAllText(file));
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException)
        {
            events.Warn($"'{file}' cannot be read, so the data is checked again: {fault.Message}");
            return null;
        }
    }

    private void Keep(string name, DataFindings found)
    {
        try
        {
            data.Settings.Cache.Write(Folder, name, stream => JsonSerializer.Serialize(stream, found));
        }
        catch (Exception unwritable) when (unwritable is DataException or IOException or UnauthorizedAccessException)
        {
            events.Warn($"The next run will check the data again. {unwritable.Message}");
        }
    }

    private bool IsLeftOut(UnusableExample example) =>
        policy.OnError == OnError.Skip || (example.IsLongPrompt && policy.LongPrompts == LongPrompts.Skip);
}
