namespace Tenon;

/// <summary>
/// An engine between processes with any options, as the host calls it. Plugins implement
/// <see cref="ICommunicatorFactory{TOptions}"/>.
/// </summary>
public interface ICommunicatorFactory : IComponent
{
    /// <inheritdoc cref="ICommunicatorFactory{TOptions}.Check"/>
    Availability Check(object options);

    /// <inheritdoc cref="ICommunicatorFactory{TOptions}.Open"/>
    ICommunicator Open(object options);
}

/// <summary>
/// Connects the processes that a launcher (mpirun, srun) started. Stateless; the class must have the attribute
/// <see cref="CommunicatorAttribute"/>.
/// </summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
public interface ICommunicatorFactory<in TOptions> : ICommunicatorFactory where TOptions : class, new()
{
    /// <summary>Reports whether the engine can be used on this machine, and its version, without connecting. Never throws.</summary>
    /// <param name="options">Validated options.</param>
    Availability Check(TOptions options);

    /// <summary>
    /// Connects this process with all others of the job. Called at most once per process, on the thread that uses the result. The
    /// host disposes the result on the same thread.
    /// </summary>
    /// <param name="options">Validated options.</param>
    /// <returns>The group of all processes.</returns>
    /// <exception cref="CommunicationException">
    /// The engine cannot be used; the message states what is missing and how to fix it.
    /// </exception>
    ICommunicator Open(TOptions options);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    Availability ICommunicatorFactory.Check(object options) => Check((TOptions)options);

    /// <inheritdoc/>
    ICommunicator ICommunicatorFactory.Open(object options) => Open((TOptions)options);
}
