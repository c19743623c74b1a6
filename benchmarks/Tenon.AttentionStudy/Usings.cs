global using TorchSharp;
global using Tensor = TorchSharp.torch.Tensor;
