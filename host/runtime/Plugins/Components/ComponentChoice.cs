using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Plugins.Components;

/// <summary>A recipe's component with its options as configuration.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Use">Name of the component.</param>
/// <param name="Version">Version range after an <c>@</c>, or null.</param>
/// <param name="Options">The section, which includes the host's keys (<see cref="ComponentKind.HostKeys"/>).</param>
public sealed record ComponentChoice(ComponentKind Kind, string Use, string? Version, IConfigurationSection Options);
