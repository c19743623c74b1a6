global using Parameter = TorchSharp.Modules.Parameter;

[assembly: Tenon.Plugin("tenon.finetune", "Fine-tuning: all or some parameters of a trained model, on its own objective")]
