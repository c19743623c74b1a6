using Tenon.Host.Inference.Text;
using Tenon.Host.Models;

namespace Tenon.Host.Serving;

/// <summary>
/// What shares the memory for keys and values: the running texts, which come first, their copies in the draft, and earlier prompts.
/// Created, changed and disposed on the model's thread.
/// </summary>
internal sealed class CacheMemory : IDisposable
{
    private readonly OpenedModel? _draft;
    private readonly long _prefixBytes;

    /// <summary>Opens the draft and measures the memory.</summary>
    /// <param name="opened">A causal language model.</param>
    /// <param name="limits">Limits.</param>
    /// <param name="draft">How the draft is opened; null for none.</param>
    /// <exception cref="ModelException">The draft cannot be opened, or does not suit the model.</exception>
    public CacheMemory(OpenedModel opened, ServingLimits limits, DraftOpening? draft)
    {
        _draft = draft?.Open();
        try
        {
            Draft = _draft is null ? null : Drafts.Of(opened, _draft, draft!.Tokens);
            Budget = CacheBudget.Of(opened, Draft?.Model, limits.CacheBytes);
            Prefixes = new PrefixCache(opened.As<ICausalLanguageModel>("generate"), maxBytes: 0);
        }
        catch
        {
            _draft?.Dispose();
            throw;
        }

        _prefixBytes = limits.PrefixBytes ?? Budget.Total / 2 ?? 0;
    }

    /// <summary>Proposes tokens; null for none.</summary>
    public DraftModel? Draft { get; }

    /// <summary>Decides how many texts fit.</summary>
    public CacheBudget Budget { get; }

    /// <summary>Earlier prompts.</summary>
    public PrefixCache Prefixes { get; }

    /// <summary>Leaves to earlier prompts what the running texts do not need.</summary>
    /// <param name="rows">Number of running texts.</param>
    /// <param name="tokens">Tokens of the longest; 0 for none.</param>
    public void Reserve(int rows, int tokens) => Prefixes.MaxBytes = Math.Min(_prefixBytes, Budget.Left(rows, tokens));

    /// <summary>Frees earlier prompts and the draft.</summary>
    public void Dispose()
    {
        Prefixes.Dispose();
        _draft?.Dispose();
    }
}
