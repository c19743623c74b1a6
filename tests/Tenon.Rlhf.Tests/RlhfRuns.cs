namespace Tenon.Rlhf.Tests;

/// <summary>Whole runs of the strategies with the host's training loop. Not parallel, because some tests count live tensors.</summary>
[CollectionDefinition("rlhf runs", DisableParallelization = true)]
public sealed class RlhfRuns;
