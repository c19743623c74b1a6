global using TorchSharp;
global using F = TorchSharp.torch.nn.functional;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.swin", "Swin transformer: shifted windows for image classification")]
