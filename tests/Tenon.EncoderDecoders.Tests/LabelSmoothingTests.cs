namespace Tenon.EncoderDecoders.Tests;

/// <summary>Label smoothing changes the loss of training and nothing else.</summary>
public class LabelSmoothingTests
{
    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    [InlineData("marian")]
    public void Smoothing_applies_in_training_only(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EncoderDecoderModel smoothed = Tiny(name, 0.1), plain = Tiny(name, 0);
        using Batch batch = new(
            [
                new(BatchNames.InputIds, torch.tensor(new long[] { 4, 5, 6, 7 }, [1, 4])),
                new(BatchNames.DecoderInputIds, torch.tensor(new long[] { 0, 8, 9 }, [1, 3])),
                new(BatchNames.Labels, torch.tensor(new long[] { 8, 9, 1 }, [1, 3])),
            ],
            1, 3);
        double Loss(EncoderDecoderModel model) => model.Loss(batch).item<float>();

        smoothed.eval();
        plain.eval();
        Loss(smoothed).Should().Be(Loss(plain));

        smoothed.train();
        Tensor logits = smoothed.Outputs(
            batch.Names.ToDictionary(each => each, each => batch[each]), new HashSet<string> { "logits" })["logits"]; // [1, 3, V]
        Tensor likelihoods = logits.log_softmax(-1);
        double ofAll = -likelihoods.mean().item<float>();
        Loss(smoothed).Should().BeApproximately(0.9 * Loss(plain) + 0.1 * ofAll, 1e-4);
    }

    private static EncoderDecoderModel Tiny(string name, double smoothing)
    {
        torch.manual_seed(3);
        IArchitecture architecture = Models.Architecture(name);
        object options = name switch
        {
            "t5" => new T5Options { Layers = 1, HiddenSize = 16, Heads = 2, ContextLength = 16, LabelSmoothing = smoothing },
            "bart" => Sized(new BartOptions()),
            _ => Sized(new MarianOptions()),
        };
        var facts = new ModelFacts(30, new SpecialTokens { Pad = 0, EndOfText = 1 }, new DataFacts());
        return (EncoderDecoderModel)architecture.Build(architecture.Resolve(options, facts), new BuildContext(torch.CPU, new Autocast()));

        object Sized(TransformerOptions sizes) => sizes with
        {
            Layers = 1,
            HiddenSize = 16,
            Heads = 2,
            ContextLength = 16,
            Dropout = 0,
            LabelSmoothing = smoothing,
        };
    }
}
