global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

// Torch's threads, random generator and live tensors belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
