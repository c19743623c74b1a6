using Tenon;
using Tenon.Testing;
using Xunit;

// Torch's generator belongs to the process: one test after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Template._1.Tests;

/// <summary>Every promise of the contract, as facts of the conformance kit.</summary>
public sealed class ConformanceTests : RewardTests<LetterOptions, TextOutcome>
{
    protected override IRewardFactory<LetterOptions, TextOutcome> Reward => new LetterShare();
}
