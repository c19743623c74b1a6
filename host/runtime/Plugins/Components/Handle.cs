using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Tenon.Host.Plugins.Components;

/// <summary>
/// Lets the host call a component without knowing its option and model types: the generic interface is found once, by
/// reflection, and everything after it is an ordinary typed call.
/// </summary>
internal static class Handle
{
    /// <summary>Creates the closed form of a handle for the generic interface that a component implements.</summary>
    /// <typeparam name="THandle">The handle's base class.</typeparam>
    /// <param name="component">The component.</param>
    /// <param name="contract">The open generic interface, such as <c>typeof(IDevice&lt;&gt;)</c>.</param>
    /// <param name="handle">The open generic handle, with the same type parameters and a constructor that takes the interface.</param>
    public static THandle Create<THandle>(object component, Type contract, Type handle)
    {
        Type closed = component.GetType().GetInterfaces()
            .Single(i => i.IsGenericType && i.GetGenericTypeDefinition() == contract);
        try
        {
            return (THandle)Activator.CreateInstance(handle.MakeGenericType(closed.GetGenericArguments()), component)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is { } cause)
        {
            ExceptionDispatchInfo.Capture(cause).Throw();
            throw;
        }
    }
}
