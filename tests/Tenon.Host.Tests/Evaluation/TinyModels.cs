using Tenon.Host.Inference.Images;
using Tenon.Samplers;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Tests.Evaluation;

/// <summary>What the tiny models share: no parameters, no objective.</summary>
internal abstract class TinyModel : torch.nn.Module, IModel
{
    protected TinyModel() : base("tiny")
    {
    }

    public torch.nn.Module Module => this;

    public virtual Tensor Loss(Batch batch) => torch.zeros(1).sum();

    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested) =>
        new Dictionary<string, Tensor>();
}

/// <summary>Calls an image bright when its mean is above one half; its features are the mean and the spread.</summary>
internal sealed class BrightnessModel : TinyModel, IClassifier, IEmbedder, IImageModel, ICollate<ImageExample>
{
    public IReadOnlyList<string> Labels { get; init; } = ["dark", "bright"];

    public int EmbeddingSize => 2;

    public (int Height, int Width, int Channels) ImageSize => (2, 2, 1);

    public ImagePreparation ImagePreparation { get; init; } = ImagePreparation.Cover(2, 2);

    public Batch Collate(IReadOnlyList<ImageExample> examples, CollateContext context)
    {
        float[] pixels = [.. examples.SelectMany(example => example.Image.Data.ToArray()).Select(pixel => pixel / 255f)];
        Dictionary<string, Tensor> tensors = new() { [BatchNames.PixelValues] = torch.tensor(pixels, [examples.Count, 1, 2, 2]) };
        if (examples.All(example => example.Label is not null))
            tensors[BatchNames.Labels] = torch.tensor(examples.Select(example => (long)example.Label!.Value).ToArray());
        return new Batch(tensors, examples.Count, examples.Count);
    }

    public override Tensor Loss(Batch batch) => torch.nn.functional.cross_entropy(ClassLogits(batch), batch[BatchNames.Labels]);

    public Tensor ClassLogits(Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor mean = batch[BatchNames.PixelValues].flatten(1).mean([1L]);
        return torch.stack([0.5 - mean, mean - 0.5], 1).MoveToOuterDisposeScope();
    }

    public Tensor Embed(Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor pixels = batch[BatchNames.PixelValues].flatten(1);
        return torch.stack([pixels.mean([1L]), pixels.amax([1L]) - pixels.amin([1L])], 1).MoveToOuterDisposeScope();
    }
}

/// <summary>The sampler of tests with denoisers.</summary>
internal static class TinySamplers
{
    public static ChosenSampler Ddim(int? steps = null) => new("ddim", new Ddim(), new DdimOptions(), steps);
}

/// <summary>A denoiser whose clean image is black for the first class and white for the second, whatever the noise.</summary>
internal sealed class TwoToneDenoiser : TinyModel, IDenoiser
{
    public (int Channels, int Height, int Width) SampleSize => (1, 2, 2);

    public PredictionType Prediction => PredictionType.Sample;

    public IReadOnlyList<string> Labels { get; init; } = ["dark", "bright"];

    public IReadOnlyList<double> AlphasCumulative { get; } = [0.9, 0.6, 0.3, 0.1];

    public Tensor Predict(Tensor sample, Tensor timesteps, Conditioning? conditioning = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor tone = conditioning?.ClassLabels is not { } classLabels
            ? torch.zeros(sample.size(0)) : classLabels.to(torch.ScalarType.Float32).clamp(max: 1) * 2 - 1;
        return (tone.view(-1, 1, 1, 1) + 0.001 * sample).MoveToOuterDisposeScope();
    }
}

/// <summary>A masked language model that always expects the token behind the one on the left.</summary>
internal sealed class NextLetterModel : TinyModel, IMaskedLanguageModel
{
    public int VocabularySize => 32;

    public int ContextLength { get; init; } = 12;

    public Tensor TokenLogits(Batch batch)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor left = batch[BatchNames.InputIds].roll(1, 1) + 1;
        Tensor logits = torch.nn.functional.one_hot(left.clamp(max: VocabularySize - 1), VocabularySize).to(torch.ScalarType.Float32);
        return (logits * Math.Log(31 * 9)).MoveToOuterDisposeScope(); // 90 % for the next letter.
    }
}

/// <summary>Letters a to z as tokens; [CLS], [SEP], [MASK] and [PAD] behind them. Spaces are no tokens.</summary>
internal sealed class LetterTokenizer(bool hasMask = true) : ITokenizer
{
    private static readonly string[] Specials = ["[CLS]", "[SEP]", "[MASK]", "[PAD]"];

    public int VocabularySize => 30;

    public SpecialTokens Special { get; } = new() { Classify = 26, Separator = 27, Mask = hasMask ? 28 : null, Pad = 29 };

    public string Fingerprint => "letters";

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false)
    {
        List<int> ids = [];
        for (int i = 0; i < text.Length; i++)
        {
            string? special = recognizeSpecial
                ? Specials.FirstOrDefault(token => text[i..].StartsWith(token, StringComparison.Ordinal)) : null;
            if (special is not null)
            {
                ids.Add(26 + Array.IndexOf(Specials, special));
                i += special.Length - 1;
            }
            else if (char.IsAsciiLetterLower(text[i]))
            {
                ids.Add(text[i] - 'a');
            }
        }

        return ids;
    }

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) =>
        string.Concat(ids.Where(id => keepSpecial || id < 26).Select(TokenText));

    public string TokenText(int id) => id < 26 ? ((char)('a' + id)).ToString() : Specials[id - 26];

    public int? TokenId(string tokenText) => throw new NotSupportedException();

    public IStreamingDecoder StreamingDecoder() => throw new NotSupportedException();

    public void Save(string folder) => throw new NotSupportedException();
}
