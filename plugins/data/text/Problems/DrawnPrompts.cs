namespace Tenon.Text.Problems;

/// <summary>
/// Draws different prompts with responses from a seed. A tenth of all possible ones is reserved for the held-out ones.
/// </summary>
/// <param name="seed">The only source of randomness.</param>
internal sealed class DrawnPrompts(int seed)
{
    private const double HeldOutShare = 0.1;

    // After this many draws in a row without a new prompt, hardly any are left.
    private const int MaxFailures = 10_000;

    private readonly SeededRandom _root = new((ulong)seed);

    /// <summary>Draws training prompts.</summary>
    /// <param name="count">Maximum number.</param>
    /// <param name="draw">Draws a prompt and a key; prompts with equal keys are all training prompts or all held out.</param>
    public List<PromptExample> Train(int count, Func<SeededRandom, (string Key, PromptExample Example)> draw) =>
        Draw(isHeldOut: false, count, _root.Fork("train"), draw);

    /// <summary>Draws held-out prompts.</summary>
    /// <inheritdoc cref="Train"/>
    public List<PromptExample> HeldOut(int count, Func<SeededRandom, (string Key, PromptExample Example)> draw) =>
        Draw(isHeldOut: true, count, _root.Fork("held out"), draw);

    private List<PromptExample> Draw(
        bool isHeldOut, int count, SeededRandom random, Func<SeededRandom, (string Key, PromptExample Example)> draw)
    {
        var found = new List<PromptExample>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (int failures = 0; found.Count < count && failures < MaxFailures; failures++)
        {
            (string key, PromptExample example) = draw(random);
            if (_root.Fork("split").Fork(key).NextDouble() < HeldOutShare != isHeldOut || !known.Add(example.Prompt))
                continue;
            found.Add(example);
            failures = 0;
        }

        return found;
    }
}
