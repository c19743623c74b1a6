namespace Tenon;

/// <summary>
/// A component, whatever its kind: what the host needs to bind its options. Plugins implement the generic interface of the
/// kind (<see cref="IDevice{TOptions}"/>, <see cref="IStrategy{TOptions, TModel}"/>, …), which implements this one and the
/// kind's interface without type parameters. A class is a component of one kind.
/// </summary>
public interface IComponent
{
    /// <summary>The class of the component's options.</summary>
    Type OptionsType { get; }
}
