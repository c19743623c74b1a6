namespace Tenon;

/// <summary>
/// Opens model folders for components that need a second model, such as a reward model or a teacher. The host provides it.
/// </summary>
public interface IModelOpener
{
    /// <summary>
    /// Opens a run's folder, or one in Hugging Face's layout, on the run's device and in its precision. The caller
    /// disposes the result.
    /// </summary>
    /// <param name="folder">An absolute path.</param>
    /// <exception cref="ModelException">The folder is not a model folder, or its weights do not match its configuration.</exception>
    IOpenedModel Open(string folder);
}

/// <summary>A model that was opened from a folder.</summary>
public interface IOpenedModel : IDisposable
{
    /// <summary>The model, on the device, in eval mode. Disposed with this object.</summary>
    IModel Model { get; }

    /// <summary>The model's tokenizer, or null if the folder has none.</summary>
    ITokenizer? Tokenizer { get; }
}
