global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.vitmae", "Masked autoencoder: pre-training of a vision transformer without labels")]
