namespace Tenon;

/// <summary>
/// Marks a strategy that trains an adapter over a frozen model (<see cref="OptimizationSetup.Adapter"/>), or the option with
/// which it does so when it is set. A recipe then has to name the model that lies below (<c>model:from</c>), and is refused
/// without it before anything is loaded.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, Inherited = false)]
public sealed class TrainsAdapterAttribute : Attribute;
