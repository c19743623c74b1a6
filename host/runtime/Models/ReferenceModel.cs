using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>The model that training is compared with, made when first asked for, whatever dispose scope that happens in.</summary>
/// <param name="make">Makes it, frozen; null: there is none.</param>
internal sealed class ReferenceModel(Func<IModel>? make) : IDisposable
{
    private readonly Lazy<IModel> _made = new(() => Make(make));

    /// <summary>The model.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public IModel Value => _made.Value;

    /// <summary>Frees it where it was made.</summary>
    public void Dispose()
    {
        if (_made.IsValueCreated)
            _made.Value.Dispose();
    }

    // A strategy may ask for it inside a dispose scope of its own, which it outlives.
    private static IModel Make(Func<IModel>? make)
    {
        IModel model = (make ?? throw new InvalidOperationException("This run was put together without a reference model."))();
        foreach (torch.Tensor tensor in model.Module.parameters().Concat(model.Module.buffers()))
            tensor.DetachFromDisposeScope();
        return model;
    }
}
