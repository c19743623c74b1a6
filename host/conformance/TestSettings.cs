using System.Reflection;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Conformance;

/// <summary>Binds the options with which a component is tested.</summary>
internal static class TestSettings
{
    /// <summary>Binds the test settings of a component's attribute, overridden by others.</summary>
    /// <param name="component">Its class has a <see cref="ComponentAttribute"/>.</param>
    /// <param name="more">Further settings: <c>layers=2</c>, <c>noise:seed=3</c>.</param>
    /// <exception cref="OptionsException">A key or value is invalid.</exception>
    public static object Bind(IComponent component, IReadOnlyList<string>? more = null)
    {
        ComponentAttribute? attribute = component.GetType().GetCustomAttribute<ComponentAttribute>();
        string owner = attribute is null ? component.GetType().Name : $"'{attribute.Name}'";
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (string setting in (attribute?.TestSettings ?? []).Concat(more ?? []))
        {
            int at = setting.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
                throw new OptionsException($"The test setting '{setting}' of {owner} does not have the form key=value.");
            values[setting[..at]] = setting[(at + 1)..];
        }

        return OptionsBinder.Bind(component.OptionsType, $"component {owner}", new ConfigurationBuilder().AddInMemoryCollection(values)
            .Build(), []);
    }
}
