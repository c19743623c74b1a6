using Microsoft.Extensions.Configuration;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>Opens devices: checks availability, then native libraries, then the device itself.</summary>
/// <param name="components">Creates the device.</param>
internal sealed class DeviceOpener(ComponentFactory components)
{
    /// <summary>Opens the device of a recipe. The caller disposes it.</summary>
    /// <param name="choice">The recipe's section, or a choice of <see cref="Choose"/>.</param>
    /// <param name="largeProducts">
    /// Whether most matrix products are large, for which oneDNN is faster; token-by-token generation has many small ones.
    /// </param>
    /// <exception cref="DeviceException">The device cannot be used.</exception>
    public IOpenDevice Open(ComponentChoice choice, bool largeProducts = true)
    {
        Chosen<IDevice> device = components.Make<IDevice>(choice);
        Availability availability = device.Component.Check(device.Options);
        if (!availability.IsAvailable)
            throw new DeviceException($"The device '{choice.Use}' cannot be used: {availability.Reason}");
        TorchRuntime.Prepare();
        IOpenDevice open = device.Component.Open(device.Options);
        if (open.Torch.type == DeviceType.CUDA)
            TorchGenerators.IncludeGpus();
        if (largeProducts && open.Torch.type == DeviceType.CPU && open.Precision == Precision.Fp32)
            ComputeTuning.OneDnnMatrixProducts();
        return open;
    }

    /// <summary>
    /// Opens a device with default options if the catalogue contains it and it is available. The caller disposes it.
    /// </summary>
    /// <param name="name">Name of the device.</param>
    public IOpenDevice? OpenIfAvailable(string name)
    {
        bool there = components.Catalogue.Find(ComponentKind.Device, name) is not null && Check(name).IsAvailable;
        return there ? Open(WithDefaults(name)) : null;
    }

    /// <summary>Returns whether a device can be used with its default options.</summary>
    /// <param name="name">Name of a device in the catalogue.</param>
    public Availability Check(string name)
    {
        Chosen<IDevice> device = components.Make<IDevice>(WithDefaults(name));
        return device.Component.Check(device.Options);
    }

    private static ComponentChoice WithDefaults(string name) =>
        new(ComponentKind.Device, name, null, new ConfigurationBuilder().Build().GetSection("device"));

    /// <summary>Chooses a device by name.</summary>
    /// <param name="name">Name of the device; null for the first in the catalogue.</param>
    /// <param name="settings">Its options, as on the command line.</param>
    /// <exception cref="NotOfferedException">No plugin provides a device with that name.</exception>
    /// <exception cref="RecipeException">A setting is invalid; the exception contains all findings.</exception>
    public ComponentChoice Choose(string? name, IReadOnlyList<string> settings)
    {
        string[] known = [.. components.Catalogue.OfKind(ComponentKind.Device).Select(c => c.Name)];
        string use = name ?? (known.Length > 0 ? known[0]
            : throw new NotOfferedException($"No plugin provides a device. Add one to plugins.json.{components.Catalogue.NotReady}"));
        if (!known.Contains(use, StringComparer.Ordinal))
            throw new NotOfferedException($"Unknown device '{use}'. Available: {string.Join(", ", known)}." +
                $"{NearestName.Question(use, known)}{components.Catalogue.NotReady}");
        return ComponentSettings.Choose(components.Catalogue.Find(ComponentKind.Device, use)!, settings);
    }
}
