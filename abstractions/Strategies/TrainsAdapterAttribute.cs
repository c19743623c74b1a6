namespace Tenon;

/// <summary>
/// Marks a strategy that trains an adapter on a frozen model (<see cref="OptimizationSetup.Adapter"/>), or the option that
/// makes it do so. The recipe must then name the base model (<c>model:from</c>); otherwise it is refused before anything is
/// loaded.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, Inherited = false)]
public sealed class TrainsAdapterAttribute : Attribute;
