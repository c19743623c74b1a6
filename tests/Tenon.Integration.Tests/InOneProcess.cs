namespace Tenon.Integration.Tests;

/// <summary>Tests that run the program inside the test's process: torch's threads and live tensors belong to it, so one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class InOneProcess
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "in one process";
}
