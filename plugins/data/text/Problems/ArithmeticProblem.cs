using System.Globalization;
using System.Numerics;

namespace Tenon.Text.Problems;

/// <summary>An expression such as <c>3 * 17 - 25</c>.</summary>
/// <param name="numbers">At least two.</param>
/// <param name="operations">One before each number except the first.</param>
internal sealed class ArithmeticProblem(IReadOnlyList<long> numbers, IReadOnlyList<ArithmeticOperation> operations)
{
    /// <summary>Draws a problem; each number and operation is equally likely.</summary>
    /// <param name="options">Number of operands and digits, and the operations.</param>
    /// <param name="random">The only source of randomness.</param>
    public static ArithmeticProblem Draw(ArithmeticOptions options, SeededRandom random)
    {
        long bound = (long)Math.Pow(10, options.Digits);
        long[] numbers = [.. Enumerable.Range(0, options.Operands).Select(_ => random.Next(bound))];
        ArithmeticOperation[] operations =
            [.. numbers.Skip(1).Select(_ => options.Operations[(int)random.Next(options.Operations.Count)])];
        return new ArithmeticProblem(numbers, operations);
    }

    /// <summary>The expression.</summary>
    public string Text => numbers[0].ToString(CultureInfo.InvariantCulture)
        + string.Concat(operations.Select((operation, index) => FormattableString.Invariant($" {Sign(operation)} {numbers[index + 1]}")));

    /// <summary>Equal for sums, and for products, that differ only in the order of their numbers.</summary>
    public string Key => operations.Distinct().ToArray() is [not ArithmeticOperation.Subtract and var only]
        ? string.Join($" {Sign(only)} ", numbers.Order())
        : Text;

    /// <summary>The value of the expression; multiplication precedes addition and subtraction.</summary>
    public BigInteger Result
    {
        get
        {
            BigInteger sum = 0, product = numbers[0];
            foreach ((int index, ArithmeticOperation operation) in operations.Index())
            {
                if (operation == ArithmeticOperation.Multiply)
                {
                    product *= numbers[index + 1];
                    continue;
                }

                sum += product;
                product = operation == ArithmeticOperation.Add ? numbers[index + 1] : -numbers[index + 1];
            }

            return sum + product;
        }
    }

    private static char Sign(ArithmeticOperation operation) => operation switch
    {
        ArithmeticOperation.Add => '+',
        ArithmeticOperation.Subtract => '-',
        ArithmeticOperation.Multiply => '*',
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };
}
