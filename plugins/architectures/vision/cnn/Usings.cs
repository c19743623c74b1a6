global using TorchSharp;
global using F = TorchSharp.torch.nn.functional;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.cnn", "Small plain convolutional network for image classification")]
