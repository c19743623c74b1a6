using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Models;

/// <summary>Opens further models for the components of a run, on the run's device.</summary>
/// <param name="components">Finds architectures and tokenizers.</param>
/// <param name="device">The run's; it stays the run's.</param>
internal sealed class ModelOpener(ComponentFactory components, IOpenDevice device) : IModelOpener
{
    /// <inheritdoc/>
    public IOpenedModel Open(string folder) => new ModelFolderOpener(components).Open(folder, device, ownsDevice: false);
}
