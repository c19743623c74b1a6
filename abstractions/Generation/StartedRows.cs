using TorchSharp;

namespace Tenon;

/// <summary>Rows of a cache whose prompts, and sources if there are any, have been processed.</summary>
/// <param name="Cache">One row per prompt.</param>
/// <param name="Logits">float32 [B, V] after the last token of each prompt, in the current dispose scope.</param>
internal sealed record StartedRows(IKeyValueCache Cache, Tensor Logits)
{
    /// <summary>Processes prompts.</summary>
    /// <param name="model">A model in eval mode.</param>
    /// <param name="rows">Source, or null, and prompt of each row.</param>
    /// <param name="capacity">Tokens that fit in each row of the cache.</param>
    /// <param name="device">The model's device.</param>
    public static StartedRows Of(
        ICausalLanguageModel model, IReadOnlyList<(IReadOnlyList<int>? Source, IReadOnlyList<int> Prompt)> rows, int capacity,
        torch.Device device)
    {
        IKeyValueCache cache = model is IEncoderDecoder encoder
            ? encoder.NewCache([.. rows.Select(row => row.Source ?? [])], capacity)
            : model.NewCache(rows.Count, capacity);
        return Continue(model, cache, [.. rows.Select(row => row.Prompt)], device);
    }

    /// <summary>Processes prompts after those of their tokens that a cache already contains.</summary>
    /// <param name="model">A model in eval mode.</param>
    /// <param name="cache">The first tokens of each prompt, at least one fewer than it has. Owned, also after an exception.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="device">The model's device.</param>
    public static StartedRows Continue(
        ICausalLanguageModel model, IKeyValueCache cache, IReadOnlyList<IReadOnlyList<int>> prompts, torch.Device device)
    {
        try
        {
            (Tensor ids, Tensor? mask) =
                PadLeft([.. prompts.Zip(cache.Lengths, (prompt, known) => known == 0 ? prompt : [.. prompt.Skip(known)])], device);
            return new StartedRows(cache, model.Logits(ids, mask, cache, lastOnly: true).squeeze(1));
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a prompt that is empty or longer than the context.</summary>
    public static void CheckPrompt(ICausalLanguageModel model, IReadOnlyList<int> prompt)
    {
        if (prompt.Count < 1 || prompt.Count > model.ContextLength)
        {
            throw new ModelException(
                $"A prompt has {prompt.Count} tokens, but must have 1 … {model.ContextLength}, the context length. Change the prompt.");
        }
    }

    /// <summary>Refuses a source that the model has no encoder for, or that is too long.</summary>
    public static void CheckSource(ICausalLanguageModel model, IReadOnlyList<int> source)
    {
        if (model is not IEncoderDecoder encoder)
            throw new ModelException($"A {model.GetType().Name} has no encoder, so it cannot read a source. Pass a prompt.");
        if (source.Count > encoder.SourceLength)
        {
            throw new ModelException(
                $"A source has {source.Count} tokens, but the encoder reads at most {encoder.SourceLength}. Shorten the source.");
        }
    }

    /// <summary>Tokens of several rows as tensors, padded on the left.</summary>
    /// <returns>int64 [B, T], and the mask of the same shape; null if nothing is padded. In the current dispose scope.</returns>
    public static (Tensor Ids, Tensor? Mask) PadLeft(IReadOnlyList<IReadOnlyList<int>> prompts, torch.Device device)
    {
        int longest = prompts.Max(prompt => prompt.Count);
        var ids = new long[prompts.Count, longest];
        var mask = new long[prompts.Count, longest];
        foreach ((int at, IReadOnlyList<int> prompt) in prompts.Index())
        {
            int padding = longest - prompt.Count;
            for (int t = padding; t < longest; t++)
                (ids[at, t], mask[at, t]) = (prompt[t - padding], 1);
        }

        bool padded = prompts.Any(prompt => prompt.Count < longest);
        return (torch.tensor(ids, device: device), padded ? torch.tensor(mask, device: device) : null);
    }
}
