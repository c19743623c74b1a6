namespace Tenon.Host.Serving;

/// <summary>Numbers of texts at one moment.</summary>
/// <param name="Running">Texts that are generated.</param>
/// <param name="Waiting">Texts that wait for memory or a place.</param>
internal sealed record EngineState(int Running, int Waiting)
{
    /// <summary>Prompt tokens so far whose keys and values were known from earlier prompts.</summary>
    public long ReusedTokens { get; init; }

    /// <summary>Memory of the keys and values of earlier prompts, in bytes.</summary>
    public long PrefixBytes { get; init; }
}
