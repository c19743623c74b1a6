global using Tenon.Layers;
global using TorchSharp;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.samplers", "Samplers for diffusion models: DDPM and DDIM")]
