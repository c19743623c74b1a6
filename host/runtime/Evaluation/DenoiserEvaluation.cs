using Tenon.Host.Inference.Images;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Evaluation;

/// <summary>
/// Evaluates a denoiser's images with a classifier: whether it recognizes the class of each image, and how far all images are from
/// real ones.
/// </summary>
internal sealed class DenoiserEvaluation
{
    private const int MaxReal = 10_000;
    private readonly IDenoiser _model;
    private readonly torch.Device _device;
    private readonly ChosenSampler _sampler;
    private readonly ImageLabelEvaluator _judge;
    private readonly Action<string> _status;

    // The classifier's class index for each class of the denoiser.
    private readonly int[] _classIndices;

    /// <summary>Checks that the classifier has all classes of the denoiser.</summary>
    /// <param name="model">The denoiser.</param>
    /// <param name="device">Device of the model.</param>
    /// <param name="sampler">Generates the images.</param>
    /// <param name="judge">The classifier.</param>
    /// <param name="status">Receives status messages.</param>
    /// <exception cref="ModelException">The classifier lacks a class of the denoiser.</exception>
    public DenoiserEvaluation(IDenoiser model, torch.Device device, ChosenSampler sampler, ImageLabelEvaluator judge, Action<string> status)
    {
        (_model, _device, _sampler, _judge, _status) = (model, device, sampler, judge, status);
        string[] missing = [.. model.Labels.Where(label => !judge.Labels.Contains(label, StringComparer.Ordinal))];
        if (missing.Length > 0)
        {
            throw new ModelException(
                $"The classifier lacks these classes of the denoiser: {string.Join(", ", missing)}. It has: " +
                $"{string.Join(", ", judge.Labels)}. Use a classifier trained on the same classes.");
        }

        _classIndices = [.. model.Labels.Select(label => judge.Labels.Index().First(own => own.Item == label).Index)];
    }

    /// <summary>Generates images and compares them with real ones.</summary>
    /// <param name="data">The run's data.</param>
    /// <param name="options">Number of images and sampling options.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="DataException">The data has no images in that split.</exception>
    public GenerationFigures Evaluate(IRunData data, EvaluationOptions options, CancellationToken stop)
    {
        IExamples<ImageExample> real = data.Examples<ImageExample>(options.Split ?? Split.Validation)
            ?? throw new DataException("There are no real images to compare with: the data has no images, or no validation split. Use " +
                "data with images, or --split train.");
        int[] classes = ClassRows.Of(_model, [], options.Count);
        using Evaluated generated = _judge.Evaluate(Generate(options, classes, stop), stop);
        _status("reading real images");
        ImageExample[] chosen = [.. Spread(real, MaxReal)];
        using Evaluated seen = _judge.Evaluate(chosen.Select(example => example.Image), stop);
        using FeatureMoments generatedMoments = FeatureMoments.Of(generated.Features);
        using FeatureMoments realMoments = FeatureMoments.Of(seen.Features);
        (double Distance, long Count)? other = Other(data, options.Split ?? Split.Validation, generated.Predicted.Count, realMoments, stop);

        GeneratedClass[] rows = [.. classes.Zip(generated.Predicted, (wanted, found) => (wanted, found)).GroupBy(pair => pair.wanted)
            .Select(group => new GeneratedClass(_model.Labels[group.Key], group.Count(),
                group.Average(pair => pair.found == _classIndices[pair.wanted] ? 1.0 : 0)))];
        return new GenerationFigures
        {
            Classifier = options.Classifier!,
            Generated = generated.Predicted.Count,
            Real = chosen.Length,
            Features = _judge.Features,
            Guidance = options.Guidance,
            Seed = options.Seed,
            AsAsked = rows.Length == 0 ? null : rows.Sum(row => row.AsAsked * row.Images) / rows.Sum(row => row.Images),
            RealAsLabelled = AsLabelled(data.Facts.Labels, chosen, seen.Predicted),
            Classes = rows,
            FrechetDistance = FrechetDistance.Between(generatedMoments, realMoments),
            FrechetDistanceOfReal = other?.Distance,
            OtherReal = other?.Count,
        };
    }

    private IEnumerable<ImagePixels> Generate(EvaluationOptions options, int[] classes, CancellationToken stop)
    {
        using SampledImages made = ImageSampler.Sample(_model, _device, _sampler, new ImageSamplingOptions
        {
            Count = Math.Max(classes.Length, options.Count),
            Classes = classes.Length > 0 ? classes : null,
            Guidance = options.Guidance,
            Seed = options.Seed,
        }, (done, all) => _status($"generating images, {done} of {all} passes"), stop);
        return [.. Enumerable.Range(0, (int)made.Images.size(0)).Select(index => Pixels(made.Images, index))];
    }

    // [C, H, W] in [-1, 1] -> bytes of [H, W, C]
    private static ImagePixels Pixels(Tensor images, int index)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor levels = ((images[index] + 1) * 127.5).round().clamp(0, 255).to(torch.ScalarType.Byte).permute(1, 2, 0).contiguous();
        return new ImagePixels((int)levels.size(0), (int)levels.size(1), (int)levels.size(2), levels.data<byte>().ToArray());
    }

    private (double Distance, long Count)? Other(IRunData data, Split split, int most, FeatureMoments real, CancellationToken stop)
    {
        if (data.Examples<ImageExample>(split == Split.Train ? Split.Validation : Split.Train) is not { Count: >= 2 } others)
            return null;
        using Evaluated seen = _judge.Evaluate(Spread(others, most).Select(example => example.Image), stop);
        using FeatureMoments moments = FeatureMoments.Of(seen.Features);
        return (FrechetDistance.Between(moments, real), moments.Count);
    }

    private double? AsLabelled(IReadOnlyList<string> labels, ImageExample[] examples, IReadOnlyList<int> predicted)
    {
        (ImageExample Example, int Found)[] labelled = [.. examples.Zip(predicted).Where(pair => pair.First.Label is not null)];
        return labelled.Length == 0
            ? null : labelled.Average(pair => _judge.Labels[pair.Found] == labels[pair.Example.Label!.Value] ? 1.0 : 0);
    }

    // Evenly spaced, so that data sorted by class contributes images of every class.
    private static IEnumerable<ImageExample> Spread(IExamples<ImageExample> examples, int most)
    {
        long count = Math.Min(examples.Count, most);
        for (long i = 0; i < count; i++)
            yield return examples[(long)((Int128)i * examples.Count / count)];
    }
}
