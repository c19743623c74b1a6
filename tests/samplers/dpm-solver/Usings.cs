global using Tenon.Layers;
global using TorchSharp;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.dpmsolver", "DPM-Solver++ and Euler samplers")]
