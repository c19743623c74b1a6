using Tenon.Host.Models;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Evaluation;

/// <summary>Features and predicted classes of images. Owns its tensor.</summary>
/// <param name="features">float32 [N, E].</param>
/// <param name="predicted">Predicted class of each image.</param>
internal sealed class Evaluated(Tensor features, IReadOnlyList<int> predicted) : IDisposable
{
    /// <summary>float32 [N, E] on the CPU.</summary>
    public Tensor Features { get; } = features.DetachFromDisposeScope();

    /// <summary>Predicted class of each image, as a class index of the classifier.</summary>
    public IReadOnlyList<int> Predicted { get; } = predicted;

    /// <summary>Disposes the features.</summary>
    public void Dispose() => Features.Dispose();
}

/// <summary>Evaluates images with an image classifier, using its classes and features.</summary>
internal sealed class ImageLabelEvaluator
{
    private readonly IModel _model;
    private readonly torch.Device _device;

    /// <summary>Checks that the model is suitable.</summary>
    /// <param name="model">The classifier, in eval mode, owned by the caller.</param>
    /// <param name="folder">The model's folder, for error messages.</param>
    /// <param name="device">Device of the model.</param>
    /// <exception cref="ModelException">The model does not classify images, or has no features.</exception>
    public ImageLabelEvaluator(IModel model, string folder, torch.Device device)
    {
        if (model is not (IClassifier and IEmbedder and ICollate<ImageExample>))
            throw new ModelException($"'{folder}' contains {model.GetType().Name}, which is not an image classifier with features. " +
                "--classifier requires one, such as a vision transformer.");
        (_model, _device) = (model, device);
    }

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Labels => ((IClassifier)_model).Labels;

    /// <summary>Size of the features.</summary>
    public int Features => ((IEmbedder)_model).EmbeddingSize;

    /// <summary>Classifies images. The caller disposes the result.</summary>
    /// <param name="images">At least one, of any size.</param>
    /// <param name="stop">Checked between batches.</param>
    public Evaluated Evaluate(IEnumerable<ImagePixels> images, CancellationToken stop)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        List<Tensor> features = [];
        List<int> predicted = [];
        foreach (Batch made in ModelInputs.Batches((ICollate<ImageExample>)_model,
            images.Select(image => ModelInputs.Prepare(_model, image, "An image"))))
        {
            stop.ThrowIfCancellationRequested();
            using DisposeScope each = torch.NewDisposeScope();
            using Batch batch = made.To(_device);
            features.Add(((IEmbedder)_model).Embed(batch).cpu().MoveToOuterDisposeScope());
            predicted.AddRange(((IClassifier)_model).ClassLogits(batch).argmax(-1).cpu().data<long>().ToArray()
                .Select(index => (int)index));
        }

        return new Evaluated(torch.cat(features), predicted);
    }
}
