global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.lora", "LoRA: low-rank updates of a frozen model's linear layers")]
