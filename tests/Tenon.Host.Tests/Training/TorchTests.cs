namespace Tenon.Host.Tests.Training;

/// <summary>Torch's generator and tensor counts belong to the process: tests that use them run one after the other.</summary>
[CollectionDefinition("torch", DisableParallelization = true)]
public static class TorchTests;
