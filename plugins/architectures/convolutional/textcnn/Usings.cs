global using TorchSharp;
global using F = TorchSharp.torch.nn.functional;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.textcnn", "Convolutions over text: classifier and language model")]
