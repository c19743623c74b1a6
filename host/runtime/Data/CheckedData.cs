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

    /// <summary>Checks the data for a model.</summary>
    /// <param name="model">Collates the examples; null to only read them.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    /// <param name="options">Identifies the model's options.</param>
    /// <param name="splits">The splits that will be used.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <returns>The findings.</returns>
    /// <exception cref="DataException">Examples cannot be used, and the policy does not skip them.</exception>
    public DataFindings Apply(IModel? model, ITokenizer? tokenizer, string options, IReadOnlyList<Split> splits, CancellationToken stop)
    {
        DataFindings findings = Find(model, tokenizer, options, splits, stop);
        UnusableExample[] stopping = [.. findings.Unusable.Where(example => !IsLeftOut(example))];
        if (stopping.Length > 0)
            throw new DataException(DataFindings.Faults(stopping), DataPolicy.Advice);
        if (findings.Unusable.Count > 0)
        {
            data.LeaveOut(findings.Unusable);
            events.Warn(LeftOut(findings.Unusable.Count, findings.Training + findings.Validation, DataFindings.Faults(findings.Unusable)[0]));
        }

        return findings;
    }

    /// <summary>Checks the data for a model and reports all faults, regardless of the policy.</summary>
    /// <inheritdoc cref="Apply"/>
    public DataFindings Find(IModel? model, ITokenizer? tokenizer, string options, IReadOnlyList<Split> splits, CancellationToken stop)
    {
        bool truncates = policy.LongPrompts == LongPrompts.Truncate;
        string? name = data.Facts.Fingerprint is not { } fingerprint ? null : CacheFolder.Fingerprint(
        [
            "checks/1", fingerprint, data.SplitKey, $"{data.Rejected.Count} {data.TrainCount} {data.ValidationCount}", tokenizer?.Fingerprint ?? "",
            model?.GetType().AssemblyQualifiedName ?? "", $"{model?.GetType().Module.ModuleVersionId}", options, $"{truncates}", string.Join(' ', splits),
        ]) + ".json";
        if (name is not null && Kept(name) is { } kept)
            return kept;
        DataFindings found = new DataCheck(data, model, tokenizer, truncates).Run(splits, events.ReportActivity, stop);
        if (name is not null && found.Unusable.Count == 0)
            Keep(name, found);
        return found;
    }

    /// <summary>Returns a sentence about skipped examples.</summary>
    /// <param name="count">Number of examples.</param>
    /// <param name="all">Number of all examples.</param>
    /// <param name="first">The first fault.</param>
    public static string LeftOut(long count, long all, string first) => FormattableString.Invariant(
        $"Skipped {count:N0} of {all:N0} examples that cannot be used. The first: {first}");

    // Null if no result was kept, or the file is damaged.
    private DataFindings? Kept(string name)
    {
        string file = data.Settings.Cache.Locate(Folder, name);
        if (!File.Exists(file))
            return null;
        try
        {
            return JsonSerializer.Deserialize<DataFindings>(File.ReadAllText(file));
        }
        catch (JsonException)
        {
            return null; // checked again, and replaced
        }
    }

    private void Keep(string name, DataFindings found)
    {
        try
        {
            data.Settings.Cache.Write(Folder, name, stream => JsonSerializer.Serialize(stream, found));
        }
        catch (DataException unwritable)
        {
            events.Warn($"The next run will check the data again. {unwritable.Message}");
        }
    }

    private bool IsLeftOut(UnusableExample example) =>
        policy.OnError == OnError.Skip || (example.IsLongPrompt && policy.LongPrompts == LongPrompts.Skip);
}
