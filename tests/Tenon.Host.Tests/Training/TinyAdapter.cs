using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training;

/// <summary>Shifts the input of a frozen <see cref="TinyClassifier"/>.</summary>
internal sealed class TinyAdapter : nn.Module, IAdapter
{
    private readonly Parameter shift = new(zeros(4));

    public TinyAdapter() : base(nameof(TinyAdapter)) => RegisterComponents();

    public Parameter Shift => shift;

    public nn.Module Module => this;

    public JsonObject Configuration => new() { ["peft_type"] = "SHIFT" };

    public IReadOnlyDictionary<string, Tensor> Weights => new Dictionary<string, Tensor> { ["base_model.shift"] = shift };

    public Tensor Loss(TinyClassifier model, Batch batch)
    {
        using var shifted = new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.PixelValues] = batch[BatchNames.PixelValues] + shift,
                [BatchNames.Labels] = batch[BatchNames.Labels].alias(),
            },
            batch.Examples, batch.Targets);
        return model.Loss(shifted);
    }
}
