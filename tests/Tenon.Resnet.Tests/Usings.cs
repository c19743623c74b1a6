global using Tenon.Tests;

// Torch's threads, random generator and live tensors belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
