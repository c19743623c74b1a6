namespace Tenon;

/// <summary>
/// A component of any kind: what the host needs to bind its options. Plugins implement the generic interface of a kind
/// (<see cref="IDevice{TOptions}"/>, <see cref="IStrategy{TOptions, TModel}"/>, …), which implements this interface and the
/// non-generic interface of the kind. A class is a component of exactly one kind.
/// </summary>
public interface IComponent
{
    /// <summary>The class of the component's options.</summary>
    Type OptionsType { get; }
}
