global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin(
    "tenon.rlhf", "Learning from rewards and preferences: reward models, policy optimization (PPO, GRPO), preference optimization (DPO)")]
