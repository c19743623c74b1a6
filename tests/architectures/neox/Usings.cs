global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.neox", "GPT-NeoX: decoder-only language models with rotary positions")]
