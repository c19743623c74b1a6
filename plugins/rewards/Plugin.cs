global using TorchSharp;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.rewards", "Rewards: word lists, lengths, patterns, answers, checker programs, classifiers, reward models")]
