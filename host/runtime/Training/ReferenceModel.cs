using TorchSharp;

namespace Tenon.Host.Training;

/// <summary>The model that training is compared with, made when first asked for, whatever dispose scope that happens in.</summary>
/// <typeparam name="TModel">The model as a capability.</typeparam>
/// <param name="make">Makes it, frozen; null: there is none.</param>
internal sealed class ReferenceModel<TModel>(Func<IModel>? make) : IDisposable where TModel : IModel
{
    private readonly Lazy<TModel> made = new(() => Make(make));

    /// <summary>The model.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public TModel Value => made.Value;

    /// <summary>Frees it where it was made.</summary>
    public void Dispose()
    {
        if (made.IsValueCreated)
            made.Value.Dispose();
    }

    // A strategy may ask for it inside a dispose scope of its own, which it outlives.
    private static TModel Make(Func<IModel>? make)
    {
        var model = (TModel)(make ?? throw new InvalidOperationException("This run was put together without a reference model."))();
        foreach (torch.Tensor tensor in model.Module.parameters().Concat(model.Module.buffers()))
            tensor.DetachFromDisposeScope();
        return model;
    }
}
