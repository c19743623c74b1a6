using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>The reference model of training, created on first use, independently of the current dispose scope.</summary>
/// <param name="make">Creates the model, frozen; null if the run has no reference model.</param>
internal sealed class ReferenceModel(Func<IModel>? make) : IDisposable
{
    private readonly Lazy<IModel> _made = new(() => Make(make));

    /// <summary>The model.</summary>
    /// <exception cref="InvalidOperationException">The run has no reference model.</exception>
    public IModel Value => _made.Value;

    /// <summary>Frees the model if it was created.</summary>
    public void Dispose()
    {
        if (_made.IsValueCreated)
            _made.Value.Dispose();
    }

    // A strategy may request it in its own dispose scope, which the model must outlive.
    private static IModel Make(Func<IModel>? make)
    {
        IModel model = (make ?? throw new InvalidOperationException("This run was created without a reference model."))();
        foreach (torch.Tensor tensor in model.Module.parameters().Concat(model.Module.buffers()))
            tensor.DetachFromDisposeScope();
        return model;
    }
}
