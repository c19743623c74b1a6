using System.ComponentModel.DataAnnotations;

namespace Tenon.Text.Problems;

/// <summary>An operation on two numbers.</summary>
public enum ArithmeticOperation
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a - b, which may be negative.</summary>
    Subtract,

    /// <summary>a * b.</summary>
    Multiply,
}

/// <summary>
/// Options of <c>arithmetic</c>. <see cref="Operands"/>, <see cref="Digits"/> and <see cref="Operations"/> determine how difficult the
/// problems are.
/// </summary>
public sealed record ArithmeticOptions
{
    /// <summary>Number of operands in a problem.</summary>
    [Range(2, 8)]
    public int Operands { get; init; } = 2;

    /// <summary>Maximum number of digits of each number.</summary>
    [Range(1, 9)]
    public int Digits { get; init; } = 2;

    /// <summary>Operations to choose from; multiplication precedes addition and subtraction.</summary>
    [MinLength(1)]
    public IReadOnlyList<ArithmeticOperation> Operations { get; init; } = [ArithmeticOperation.Add];

    /// <summary>Maximum number of training problems; all are different.</summary>
    [Range(1, 10_000_000)]
    public int Problems { get; init; } = 5000;

    /// <summary>
    /// Maximum number of held-out problems. None of them is a training problem, even with its numbers in a different order.
    /// </summary>
    [Range(1, 1_000_000)]
    public int HeldOut { get; init; } = 500;

    /// <summary>Equal seeds give equal problems, regardless of the run's seed.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; } = 1;
}
