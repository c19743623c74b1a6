using System.Globalization;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>A model whose layers several processes divide.</summary>
internal static class DividedModel
{
    /// <summary>Checks that processes can divide the layers of a model, and reports all sizes that do not fit.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ranks">Number of processes.</param>
    /// <param name="source">File or folder of the sizes, for messages; null for a recipe without a file.</param>
    /// <exception cref="RecipeException">The processes cannot divide a size, or the model as configured.</exception>
    public static void Check(IModel model, int ranks, string? source)
    {
        if (ranks == 1)
            return;
        if (model is not IDividesLayers divided)
            throw new RecipeException("parallel", source, new ModelException($"The layers of {Capability.Describe(model)} cannot be " +
                "divided among processes. Start one process."));
        if (model.UnsupportedReason(typeof(IDividesLayers)) is { } lacking)
            throw new RecipeException("parallel", source, new ModelException(lacking));
        IReadOnlyDictionary<string, long> sizes = divided.DividedSizes;
        string fitting = string.Join(", ", Enumerable.Range(1, (int)sizes.Values.Min())
            .Where(number => sizes.Values.All(size => size % number == 0)));
        RecipeFinding[] findings =
        [
            .. sizes.Where(each => each.Value % ranks != 0).Select(each => new RecipeFinding(
                source ?? "recipe", null, $"model:{each.Key}", each.Value.ToString(CultureInfo.InvariantCulture), null, null,
                $"is {each.Value}, which {ranks} processes (parallel:tensor) cannot divide equally. Use a multiple of {ranks}, or set " +
                $"parallel:tensor to one of {fitting}.")),
        ];
        if (findings.Length > 0)
            throw new RecipeException(findings);
    }

    /// <summary>Keeps the part of this process. Every process has built the whole model. Called by all of them at the same time.</summary>
    /// <param name="model">The model, which <see cref="Check"/> accepts, on the CPU.</param>
    /// <param name="world">The processes.</param>
    public static void Divide(IModel model, World world)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        // Processors of other kinds may have initialized the parameters with other roundings.
        foreach (torch.Tensor tensor in model.Module.state_dict().Values)
        {
            torch.Tensor values = tensor.detach().contiguous();
            world.Tensor.Broadcast(values);
            tensor.copy_(values);
        }

        ((IDividesLayers)model).Divide(world.Tensor);
        if (world.DividesSequence)
            ((IDividesSequence)model).DivideSequence();
    }
}
