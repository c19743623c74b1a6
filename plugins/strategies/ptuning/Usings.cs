global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.ptuning", "Prompts that are learnt: P-tuning, prompt tuning and prefix tuning over a frozen model")]
