using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using TorchSharp;

[assembly: InternalsVisibleTo("Zoo.Good")]

namespace Zoo;

/// <summary>Options that every model of the library has.</summary>
public abstract record SizedOptions
{
    /// <summary>Inputs and outputs.</summary>
    [Range(1, 64)]
    public int Size { get; init; } = 2;
}

/// <summary>A linear map with a squared loss. What it learns from, plugins add.</summary>
public abstract class LinearBase(long size) : Tenon.IModel, Tenon.ICollate<Tenon.LabelledTextExample>
{
    private readonly TorchSharp.Modules.Linear _linear = torch.nn.Linear(size, size);

    public torch.nn.Module Module => _linear;

    public torch.Tensor Loss(Tenon.Batch batch) => (_linear.call(batch["x"]) - batch["y"]).square().mean();

    public IReadOnlyDictionary<string, torch.Tensor> Outputs(IReadOnlyDictionary<string, torch.Tensor> inputs,
        IReadOnlySet<string> requested) =>
        new Dictionary<string, torch.Tensor> { ["y"] = _linear.call(inputs["x"]) };

    public Tenon.Batch Collate(IReadOnlyList<Tenon.LabelledTextExample> examples, Tenon.CollateContext context) => Ones(examples.Count);

    protected Tenon.Batch Ones(int count) => new(
        new Dictionary<string, torch.Tensor> { ["x"] = torch.ones(count, size), ["y"] = torch.ones(count, size) }, count, count);

    public void Dispose() => _linear.Dispose();
}

/// <summary>Members that users of a library should not use.</summary>
public static class Ways
{
    /// <summary>The way to go.</summary>
    public static int New => 1;

    /// <summary>What was.</summary>
    [Obsolete("Use New.")]
    public static int Old => 1;

    internal static int Hidden(int n) => n;
}
