global using Tenon.Layers;
global using TorchSharp;
global using F = TorchSharp.torch.nn.functional;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;
