using Tenon.Host.Recipes;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;

namespace Tenon.Host.Models;

/// <summary>The model that a run starts from: the weights of <c>model:from</c>, and the rest drawn from the recipe's seed. Alike each time it is built.</summary>
/// <param name="recipe">A checked recipe.</param>
/// <param name="architecture">Its architecture.</param>
/// <param name="options">The architecture's, resolved.</param>
/// <param name="autocast">Sets the precision of its matrix products.</param>
/// <param name="device">Where it goes.</param>
internal sealed class StartingModel(Recipe recipe, IArchitecture architecture, object options, Autocast autocast, IOpenDevice device)
{
    /// <summary>Builds it, in train mode.</summary>
    /// <param name="report">Receives how the weights of <c>model:from</c> differ from the model's.</param>
    /// <exception cref="ModelException">The folder that it starts from is gone, or does not fit.</exception>
    // Parameters are drawn on the CPU, so that every device starts from the same ones.
    public IModel Build(Action<string> report)
    {
        using (torch.manual_seed((long)(new SeededRandom((ulong)recipe.Seed).Fork("parameters").NextUInt64() >> 1)))
        {
            IModel model = architecture.Build(options, new BuildContext(torch.CPU, autocast));
            try
            {
                if (recipe.From is { } from && ModelFolderOpener.LoadWeights(from, architecture, model, otherTask: true) is { Length: > 0 } differences)
                    report($"from '{from}'. {differences}");
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

    /// <summary>Builds it once more as what training is compared with: frozen, in eval mode.</summary>
    /// <exception cref="ModelException">The folder that it starts from is gone, or does not fit.</exception>
    public IModel BuildFrozen()
    {
        // Asked for at any time: whatever draws next has the numbers that it would have had.
        using torch.Tensor state = torch.get_rng_state();
        IModel model = Build(_ => { });
        torch.set_rng_state(state);
        model.Module.eval();
        foreach (Parameter parameter in model.Module.parameters())
            parameter.requires_grad = false;
        return model;
    }
}
