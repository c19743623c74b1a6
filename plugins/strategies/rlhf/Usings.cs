global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin(
    "tenon.rlhf", "Learning from preferences: reward models, proximal policy optimization (PPO), direct preference optimization (DPO)")]
