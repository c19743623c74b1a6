using Tenon;
using Tenon.Testing;
using Xunit;

// Torch's generator is shared by the process, so tests must not run in parallel.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Contoso.Characters.Tests;

public sealed class GruTests : ArchitectureTests<GruOptions, GruModel>
{
    protected override IArchitecture<GruOptions, GruModel> Architecture => new Gru();
}

public sealed class SharpnessAwareTests : StrategyTests<SharpnessAwareOptions, IModel>
{
    protected override IStrategy<SharpnessAwareOptions, IModel> Strategy => new SharpnessAware();
}

public sealed class RomanNumeralsTests : DataTests<RomanNumeralsOptions, TextExample>
{
    protected override IData<RomanNumeralsOptions, TextExample> Data => new RomanNumerals();

    [Theory]
    [InlineData(4, "IV")]
    [InlineData(1994, "MCMXCIV")]
    [InlineData(3999, "MMMCMXCIX")]
    public void Numerals_are_those_of_the_Romans(int number, string numeral) => Assert.Equal(numeral, RomanNumerals.Numeral(number));
}
