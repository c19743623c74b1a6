using System.Globalization;
using System.Text.Json;

namespace Tenon.Text.Problems;

/// <summary>Problems such as <c>17 + 25 =</c> with their results, drawn from a seed.</summary>
[Data("arithmetic", "Arithmetic problems with their results, drawn from a seed; some are held out", Stability = Stability.Preview)]
public sealed class ArithmeticData : IData<ArithmeticOptions, PromptExample>
{
    // A tenth of all possible problems is reserved for the held-out ones.
    private const double HeldOutShare = 0.1;

    // After this many draws in a row without a new problem, hardly any are left.
    private const int MaxFailures = 10_000;

    /// <inheritdoc/>
    public IDataset<PromptExample> Open(ArithmeticOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        var root = new SeededRandom((ulong)options.Seed);
        List<PromptExample> train = Draw(isHeldOut: false, options.Problems, root.Fork("train"));
        List<PromptExample> heldOut = Draw(isHeldOut: true, options.HeldOut, root.Fork("held out"));
        if (train.Count == 0 || heldOut.Count == 0)
            throw new DataException(
                $"arithmetic: there are too few problems of {options.Operands} numbers with {options.Digits} digits to hold some out. " +
                "Raise 'digits' or 'operands', or add 'operations'.");
        return new InMemoryDataset<PromptExample>(
            new DataFacts
            {
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{train.Count:N0} problems of {options.Operands} numbers with up to {options.Digits} digits; " +
                    $"{heldOut.Count:N0} held out"),
                Fingerprint = CacheFolder.Fingerprint(["arithmetic/1", JsonSerializer.Serialize(options)]),
            },
            train, heldOut);

        List<PromptExample> Draw(bool isHeldOut, int count, SeededRandom random)
        {
            var found = new List<PromptExample>();
            var known = new HashSet<string>(StringComparer.Ordinal);
            for (int failures = 0; found.Count < count && failures < MaxFailures; failures++)
            {
                ArithmeticProblem problem = ArithmeticProblem.Draw(options, random);
                if (root.Fork("split").Fork(problem.Key).NextDouble() < HeldOutShare != isHeldOut || !known.Add(problem.Text))
                    continue;
                found.Add(new PromptExample($"{problem.Text} =", FormattableString.Invariant($" {problem.Result}")));
                failures = 0;
            }

            return found;
        }
    }
}
