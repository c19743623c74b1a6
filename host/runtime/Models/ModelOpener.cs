using Tenon.Host.Events;
using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Models;

/// <summary>Opens additional models for a run's components, on the run's device.</summary>
/// <param name="components">Finds architectures and tokenizers.</param>
/// <param name="device">The run's device, owned by the run.</param>
/// <param name="events">Receives remarks on the folders.</param>
internal sealed class ModelOpener(ComponentFactory components, IOpenDevice device, RunEvents events) : IModelOpener
{
    /// <inheritdoc/>
    public IOpenedModel Open(string folder)
    {
        var opener = new ModelFolderOpener(components, remark => events.Warn($"'{folder}': {remark}"));
        OpenedModel opened = opener.Open(folder, device, ownsDevice: false);
        try
        {
            opened.RequireHead($"A component that opens '{folder}'");
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }
}
