namespace Tenon.Host.Models;

/// <summary>
/// A model in memory and the adapters that share it: each is a model with its own tokenizer, and at most one adapter is applied at a time.
/// To be used on the model's thread.
/// </summary>
internal sealed class SharedModel
{
    private readonly OpenedModel _model;
    private readonly Dictionary<OpenedModel, (AdapterStack Stack, ModelFolderOpener Opener)> _adapted = [];
    private OpenedModel? _current; // null if applying an adapter failed
    private IAdapter? _applied;

    /// <summary>Creates the base model without adapters.</summary>
    /// <param name="model">The base model. Not disposed.</param>
    public SharedModel(OpenedModel model) => (_model, _current) = (model, model);

    /// <summary>Whether adapters share the model.</summary>
    public bool HasAdapters => _adapted.Count > 0;

    /// <summary>Opens an adapter and applies it.</summary>
    /// <param name="opener">Finds its plugin and its tokenizer.</param>
    /// <param name="choice">The adapter.</param>
    /// <returns>The model with the adapter, to be passed to <see cref="Apply"/> before its use. It does not own the base model.</returns>
    /// <exception cref="ModelException">The folder is not an adapter, or the adapter cannot share this model.</exception>
    public OpenedModel Open(ModelFolderOpener opener, AdapterChoice choice)
    {
        if (_model.PackedOnly is not null)
            throw new ModelException("The model was opened without the parameters that adapters need. Open it without a weight format.");
        (OpenedModel adapted, AdapterStack stack) = opener.OpenAdapter(_model, choice);
        _adapted.Add(adapted, (stack, opener));
        try
        {
            Apply(adapted);
            return adapted;
        }
        catch
        {
            Close(adapted);
            throw;
        }
    }

    /// <summary>Applies the adapter of a model, and removes that of the model before.</summary>
    /// <param name="wanted">The base model, or a model with an adapter.</param>
    /// <exception cref="ModelException">The adapter does not match the model, or does not only add to its weights.</exception>
    public void Apply(OpenedModel wanted)
    {
        if (ReferenceEquals(_current, wanted))
            return;
        Remove();
        if (_adapted.TryGetValue(wanted, out (AdapterStack Stack, ModelFolderOpener Opener) entry))
            _applied = entry.Opener.Apply(entry.Stack, _model);
        _current = wanted;
    }

    /// <summary>Frees an adapter.</summary>
    /// <param name="adapted">The model with the adapter.</param>
    public void Close(OpenedModel adapted)
    {
        if (ReferenceEquals(_current, adapted))
            Remove();
        if (_adapted.Remove(adapted, out (AdapterStack Stack, ModelFolderOpener Opener) entry))
            entry.Stack.Dispose();
    }

    private void Remove()
    {
        _applied?.Dispose();
        (_applied, _current) = (null, null);
    }
}
