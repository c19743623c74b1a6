using System.Globalization;
using System.Text.Json;

namespace Tenon.Text.Problems;

/// <summary>Problems such as <c>17 + 25 =</c> with their results, drawn from a seed.</summary>
[Data("arithmetic", "Arithmetic problems with their results, drawn from a seed; some are held out", Stability = Stability.Preview)]
public sealed class ArithmeticData : IData<ArithmeticOptions, PromptExample>
{
    /// <inheritdoc/>
    public IDataset<PromptExample> Open(ArithmeticOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        var prompts = new DrawnPrompts(options.Seed);
        List<PromptExample> train = prompts.Train(options.Problems, Draw);
        List<PromptExample> heldOut = prompts.HeldOut(options.HeldOut, Draw);
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

        (string, PromptExample) Draw(SeededRandom random)
        {
            ArithmeticProblem problem = ArithmeticProblem.Draw(options, random);
            return (problem.Key, new PromptExample($"{problem.Text} =", FormattableString.Invariant($" {problem.Result}")));
        }
    }
}
