using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace Tenon.Host.Models;

/// <summary>
/// The model that a run starts from: the weights of <c>model:from</c>, and other parameters initialized from the recipe's seed.
/// Building it is deterministic.
/// </summary>
/// <param name="recipe">A checked recipe.</param>
/// <param name="architecture">Its architecture.</param>
/// <param name="options">The architecture's options, resolved.</param>
/// <param name="autocast">Sets the precision of the model's matrix products.</param>
/// <param name="device">Target device.</param>
/// <param name="endOfText">Ids that end a generated text.</param>
/// <param name="baseWeights">
/// The only format of the weights that the run freezes (<see cref="IStrategy.BaseWeights"/>); null to keep all parameters.
/// </param>
/// <param name="world">The processes, which may divide the layers; null for this process alone.</param>
internal sealed class StartingModel(
    Recipe recipe, IArchitecture architecture, object options, Autocast autocast, IOpenDevice device, IReadOnlyList<int> endOfText,
    WeightFormat? baseWeights = null, World? world = null)
{
    // Only the weights of a folder are packed. An adapter without such a base model is refused later.
    private readonly WeightFormat? _packed = recipe.From is null ? null : baseWeights;

    /// <summary>
    /// Compares the weights of <c>model:from</c> with the sizes of the model, so that wrong sizes are reported as such, and not as too
    /// little memory.
    /// </summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="options">The architecture's options, resolved.</param>
    /// <exception cref="ModelException">The folder no longer exists, or does not match.</exception>
    public static void CheckWeights(Recipe recipe, IArchitecture architecture, object options)
    {
        if (recipe.From is { } from)
            ModelFolderOpener.CheckWeights(from, architecture, options);
    }

    /// <summary>Builds the model, in train mode.</summary>
    /// <param name="report">Receives the differences between the weights of <c>model:from</c> and the model.</param>
    /// <exception cref="ModelException">
    /// The folder that it starts from no longer exists or does not match, or the device does not support the format of the weights.
    /// </exception>
    // Parameters are initialized on the CPU, so that they are the same on every device.
    public IModel Build(Action<string> report)
    {
        if (_packed is { } format && device.Torch.type != DeviceType.CPU)
        {
            throw new ModelException(
                $"The base model's weights cannot be kept in {format.ToString().ToLowerInvariant()} on {device.Torch}, only on the CPU. " +
                "Remove 'baseWeights' from the strategy, or use the device 'cpu'.");
        }

        using (torch.manual_seed((long)(new SeededRandom((ulong)recipe.Seed).Fork("parameters").NextUInt64() >> 1)))
        {
            IModel model = architecture.Build(options, new BuildContext(torch.CPU, autocast)
            {
                EndOfText = endOfText,
                PackedOnly = _packed,
                IsFrozenBase = _packed is not null,
            });
            try
            {
                if (recipe.From is { } from
                    && ModelFolderOpener.LoadWeights(from, architecture, model, otherTask: true, packed: _packed is not null)
                        is { Length: > 0 } differences)
                    report($"from '{from}'. {differences}");
                if (world is { Tensor.Size: > 1 })
                    DividedModel.Divide(model, world);
                model.Module.to(device.Torch);
                model.Module.train();
                return model;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
    }

    /// <summary>Builds the model again as a reference model: frozen, in eval mode.</summary>
    /// <exception cref="ModelException">The folder that it starts from no longer exists, or does not match.</exception>
    public IModel BuildFrozen()
    {
        // This method can be called at any time, so it restores the state of the random generators.
        using torch.Tensor state = torch.get_rng_state();
        IModel model = Build(_ => { });
        torch.set_rng_state(state);
        model.Module.eval();
        foreach (Parameter parameter in model.Module.parameters())
            parameter.requires_grad = false;
        return model;
    }
}
