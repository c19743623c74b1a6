using Tenon.Host.Models;
using Tenon.Host.Native;
using TorchSharp;

namespace Tenon.Host.Serving;

/// <summary>Decides how many texts fit into the memory for keys and values.</summary>
/// <param name="bytes">The memory; null for no limit.</param>
/// <param name="bytesPerToken">Memory of a token in a row; 0 if the model's cache does not report it.</param>
internal sealed class CacheBudget(long? bytes, long bytesPerToken)
{
    /// <summary>Whether rows fit. The buffers of a growing cache have up to twice as many rows as it needs.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="tokens">Tokens in each row.</param>
    public bool Fits(int rows, int tokens) => bytes is not { } most || Bytes(rows, tokens) <= most;

    /// <summary>Explains why one row does not fit; null if it does.</summary>
    /// <param name="tokens">Its tokens.</param>
    public string? Error(int tokens) => Fits(1, tokens) ? null : FormattableString.Invariant(
        $"A text of {tokens} tokens needs {Bytes(1, tokens) / 1e6:0.#} MB for its keys and values, but {bytes / 1e6:0.#} MB are allowed.")
        + " Shorten the prompt, or ask for fewer tokens.";

    /// <summary>The memory that rows leave, in bytes.</summary>
    /// <param name="rows">Number of rows; 0 for none.</param>
    /// <param name="tokens">Tokens in each row.</param>
    public long Left(int rows, int tokens) => bytes is { } most ? Math.Max(0, most - Bytes(rows, tokens)) : long.MaxValue;

    /// <summary>The whole memory in bytes; null for no limit.</summary>
    public long? Total => bytes;

    /// <summary>Measures a model. To be called on the model's thread.</summary>
    /// <param name="opened">A causal language model.</param>
    /// <param name="draft">Its draft, whose cache has the same tokens; null for none.</param>
    /// <param name="bytes">The memory; null for half of what is free, on a CPU.</param>
    public static CacheBudget Of(OpenedModel opened, ICausalLanguageModel? draft, long? bytes)
    {
        var model = opened.As<ICausalLanguageModel>("generate");
        if (opened.Device.Torch.type == DeviceType.CPU)
            bytes ??= FreeMemory.Now()?.Bytes / 2;
        return new CacheBudget(bytes, PrefixCache.BytesPerToken(model) + (draft is null ? 0 : PrefixCache.BytesPerToken(draft)));
    }

    private long Bytes(int rows, int tokens) => (rows == 1 ? 1 : 2L * rows) * tokens * bytesPerToken;
}
