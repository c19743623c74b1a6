namespace Tenon.Host.Serving;

/// <summary>Limits on what a model generates at the same time.</summary>
internal sealed record ServingLimits
{
    /// <summary>Texts that are generated at the same time.</summary>
    public int MaxRunning { get; init; } = 16;

    /// <summary>Further texts that wait; more are refused.</summary>
    public int MaxWaiting { get; init; } = 64;

    /// <summary>Maximum number of generated tokens of a text, 1 or more.</summary>
    public int MaxNewTokens { get; init; } = int.MaxValue;

    /// <summary>Maximum number of prompt tokens, 1 or more; the model's context is another limit.</summary>
    public int MaxPromptTokens { get; init; } = int.MaxValue;

    /// <summary>Prompt tokens that are processed between two tokens of the running texts.</summary>
    public int PrefillTokens { get; init; } = 256;

    /// <summary>
    /// Memory for the keys and values of the running texts, in bytes. Null means half of the memory that is free when the engine
    /// starts if the model is on the CPU; otherwise, only <see cref="MaxRunning"/> applies.
    /// </summary>
    public long? CacheBytes { get; init; }

    /// <summary>
    /// The part of <see cref="CacheBytes"/> that may keep the keys and values of earlier prompts while the running texts leave it. Null
    /// means half of it; without such a limit, none.
    /// </summary>
    public long? PrefixBytes { get; init; }

    /// <summary>Maximum time of a request, with the time that it waits.</summary>
    public TimeSpan RequestTime { get; init; } = TimeSpan.FromMinutes(10);
}
