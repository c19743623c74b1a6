global using TorchSharp;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.rewards", "Rewards: word lists, lengths, patterns, classifiers, reward models")]
