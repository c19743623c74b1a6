global using TorchSharp;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.priming", "Few-shot in-context learning: examples in the prompt, without training")]
