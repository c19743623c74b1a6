namespace Tenon.Integration.Tests;

/// <summary>
/// Tests that run the program inside the test's process, one after the other: torch's threads, live tensors and the working directory
/// belong to it.
/// </summary>
[CollectionDefinition(Name)]
public sealed class InOneProcess : ICollectionFixture<BertRuns>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "in one process";
}
