using Tenon.Host.Native;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Models;

/// <summary>
/// Boundary to configurations from strangers. Before it has weights or inputs, nothing but their values can make a plugin fail, so that
/// no plugin is blamed.
/// </summary>
internal static class ForeignValues
{
    /// <summary>Performs what depends on the values only.</summary>
    /// <param name="problem">A sentence without its end, which names the folder.</param>
    /// <param name="act">The action.</param>
    /// <exception cref="ModelException">It failed.</exception>
#pragma warning disable CA1031 // Any exception is reported as one of the configuration, and becomes the inner exception.
    public static T Guard<T>(string problem, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception failure) when (!FailureOrigin.IsForUser(FailureOrigin.Cause(failure)) && MemoryException.Of(failure) is null)
        {
            throw new ModelException($"{problem}: {FailureOrigin.Describe(FailureOrigin.Cause(failure))} " +
                "Use the configuration that the weights were saved with.", failure);
        }
    }
#pragma warning restore CA1031
}
