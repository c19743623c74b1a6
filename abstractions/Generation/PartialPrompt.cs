using TorchSharp;

namespace Tenon;

/// <summary>A long prompt that is processed in parts, between the steps of other rows.</summary>
/// <param name="row">The row.</param>
/// <param name="cache">A cache of one row, empty or with the start of the prompt, owned until the last part was processed.</param>
internal sealed class PartialPrompt(GenerationRow row, IKeyValueCache cache) : IDisposable
{
    /// <summary>The row.</summary>
    public GenerationRow Row => row;

    /// <summary>Processes the next part.</summary>
    /// <param name="model">A model in eval mode.</param>
    /// <param name="tokens">Maximum number of tokens of the part.</param>
    /// <param name="device">The model's device.</param>
    /// <returns>The row after the last part, whose cache then belongs to the caller; null after the others.</returns>
    public StartedRows? Process(ICausalLanguageModel model, int tokens, torch.Device device)
    {
        int processed = cache.Lengths[0];
        int count = Math.Min(tokens, row.Prompt.Count - processed);
        long[] part = [.. row.Prompt.Skip(processed).Take(count).Select(id => (long)id)];
        Tensor logits = model.Logits(torch.tensor(part, [1, count], device: device), cache: cache, lastOnly: true).squeeze(1);
        return processed + count == row.Prompt.Count ? new StartedRows(cache, logits) : null;
    }

    /// <summary>Frees the cache.</summary>
    public void Dispose() => cache.Dispose();
}
