using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Components;

/// <summary>A component that a recipe names, with its options as they are in the configuration.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Use">Name of the component.</param>
/// <param name="Version">Version range after an <c>@</c>, or null.</param>
/// <param name="Options">The section; the kind's <see cref="ComponentKind.HostKeys"/> in it are the host's.</param>
public sealed record ComponentChoice(ComponentKind Kind, string Use, string? Version, IConfigurationSection Options);
