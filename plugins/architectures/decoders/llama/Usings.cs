global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.llama", "Llama, Mistral and Qwen: decoder-only language models")]
