using System.Text.Json.Nodes;

namespace Tenon.Testing.Tests;

/// <summary>Options of the toy.</summary>
public sealed record ToyOptions
{
    /// <summary>A value that Resolve may change.</summary>
    public int Level { get; init; }
}

/// <summary>The toy as an architecture; a test spoils one thing of it.</summary>
internal class ToyArchitecture(Func<torch.Device, ToyModel>? build = null) : IArchitecture<ToyOptions, ToyModel>
{
    public virtual ToyOptions Resolve(ToyOptions options, ModelFacts facts) => options;

    public virtual ToyModel Build(ToyOptions options, BuildContext context) =>
        build?.Invoke(context.Device) ?? new ToyModel(context.Device, context.EndOfText);

    public virtual ModelConfiguration Describe(ToyOptions options) =>
        new(new JsonObject { ["model_type"] = "toy", ["level"] = options.Level });

    public virtual ToyOptions Read(ModelConfiguration configuration) => new() { Level = (int)configuration["config.json"]["level"]! };

    public virtual string? WeightName(string name) => name;
}
