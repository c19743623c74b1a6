namespace Tenon.Host.Plugins.Components;

/// <summary>A data component with its option and example types hidden.</summary>
internal abstract class DataHandle
{
    /// <summary>Wraps a component.</summary>
    public static DataHandle For(object component) =>
        Handle.Create<DataHandle>(component, typeof(IData<,>), typeof(DataHandle<,>));

    /// <summary>Opens the data: an <see cref="IDataset{TExample}"/>, which the caller disposes.</summary>
    public abstract IDisposable Open(object options, DataContext context);
}

/// <inheritdoc/>
internal sealed class DataHandle<TOptions, TExample>(IData<TOptions, TExample> data) : DataHandle
    where TOptions : class, new()
    where TExample : Example
{
    public override IDisposable Open(object options, DataContext context) => data.Open((TOptions)options, context);
}
