global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.ptuning", "Trained prompts: P-tuning, prompt tuning and prefix tuning of a frozen model")]
