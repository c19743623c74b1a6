namespace Tenon.Testing.Tests;

/// <summary>The kit's facts pass for a model that keeps its promises.</summary>
public sealed class GoodArchitectureTests : Conformance<ArchitectureSubject>
{
    public static TheoryData<string> Names => [.. ModelChecks.All.Concat(CapabilityChecks.All).Select(c => c.Name)];

    protected override ArchitectureSubject Subject() => ArchitectureSubject.Of(new ToyArchitecture(), new ToyOptions());

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Keeps_its_promises(string name) => Verify(ModelChecks.All.Concat(CapabilityChecks.All).Single(c => c.Name == name));
}

/// <summary>Each check of the kit is a fact of the class that authors inherit.</summary>
public sealed class FactsTests
{
    [Theory]
    [InlineData(typeof(ArchitectureTests<,>), 31)]
    [InlineData(typeof(StrategyTests<,>), 10)]
    [InlineData(typeof(DeviceTests<>), 4)]
    [InlineData(typeof(DataTests<,>), 7)]
    [InlineData(typeof(TokenizerTests<>), 9)]
    [InlineData(typeof(RewardTests<,>), 4)]
    [InlineData(typeof(SamplerTests<>), 5)]
    [InlineData(typeof(CommunicatorTests<>), 1)]
    public void There_is_a_fact_for_each_check(Type tests, int checks)
    {
        int[] counts =
        [
            ModelChecks.All.Count + DivisionChecks.All.Count + CapabilityChecks.All.Count, StrategyChecks.All.Count,
            DeviceChecks.All.Count, DataChecks.All.Count, TokenizerChecks.All.Count, RewardChecks.All.Count, SamplerChecks.All.Count,
            CommunicatorChecks.All.Count,
        ];

        tests.GetMethods().Count(m => m.GetCustomAttributes(typeof(SkippableFactAttribute), true).Length > 0).Should().Be(checks);
        counts.Should().Contain(checks);
    }
}
