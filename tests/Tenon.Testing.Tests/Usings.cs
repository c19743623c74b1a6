global using Tenon.Conformance;
global using TorchSharp;
global using Tensor = TorchSharp.torch.Tensor;

// Torch's generator and tensor counts belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
