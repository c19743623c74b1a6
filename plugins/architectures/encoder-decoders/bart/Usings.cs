global using TorchSharp;
global using Parameter = TorchSharp.Modules.Parameter;
global using Tensor = TorchSharp.torch.Tensor;

[assembly: Tenon.Plugin("tenon.bart", "BART, Marian and the Transformer of 2017: encoder-decoder models for translation and summaries")]
