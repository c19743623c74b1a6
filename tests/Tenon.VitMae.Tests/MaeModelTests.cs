using Tenon.Layers.Images;
using Tenon.Vit;

namespace Tenon.VitMae.Tests;

public class MaeModelTests
{
    // 111.9 M and 329.5 M with the decoder of 8 blocks of 512 (26 M), as transformers builds them.
    [Theory]
    [InlineData("vit-base", 12, 768)]
    [InlineData("vit-large", 24, 1024)]
    [InlineData("vit-huge", 32, 1280)]
    public void Presets_have_the_parameters_of_vit_and_of_the_decoder(string preset, int layers, long hidden)
    {
        using MaeModel model = Models.Architecture.Build(
            Models.Architecture.Resolve(new MaeOptions { Preset = preset }, TestImages.Nothing),
            new BuildContext(torch.META, new Autocast()));

        long pixels = preset == "vit-huge" ? 14 * 14 * 3 : 16 * 16 * 3;
        long encoder = layers * Layer(hidden) + hidden * (pixels + 1) + hidden + 2 * hidden; // patches, class token, norm
        long decoder = 8 * Layer(512) + 512 * (hidden + 1) + 512 + 2 * 512 + pixels * (512 + 1);
        model.parameters().Sum(parameter => parameter.numel()).Should().Be(encoder + decoder);
        AllowedNames.Of<MaeOptions>(nameof(MaeOptions.Preset)).Should().Equal(MaePresets.All.Names);

        static long Layer(long size) => 12 * size * size + 13 * size;
    }

    // With the same decoder, the encoder sees 49 + 1 of 196 + 1 tokens.
    [Fact]
    public void Masking_saves_operations()
    {
        double Flop(double ratio, int decoderLayers)
        {
            using MaeModel model = Models.Architecture.Build(
                Models.Architecture.Resolve(new MaeOptions { MaskRatio = ratio, DecoderLayers = decoderLayers }, TestImages.Nothing),
                new BuildContext(torch.META, new Autocast()));
            return model.Cost.ForwardFlop;
        }

        (Flop(0.006, 8) / Flop(0.75, 8)).Should().BeInRange(2.3, 2.5);
        (Flop(0.006, 1) / Flop(0.75, 1)).Should().BeInRange(3.5, 3.8);
    }

    [Fact]
    public void Learns_to_reconstruct()
    {
        using MaeModel model = Models.Tiny();
        ImageExample[] examples = TestImages.Many(16);
        using var optimizer = torch.optim.AdamW(model.parameters(), lr: 3e-3);
        (double first, double last) = (0, 0);
        for (int step = 0; step < 120; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            torch.manual_seed(step);
            using Batch batch = model.Collate(examples, TestImages.Context());
            optimizer.zero_grad();
            Tensor loss = model.Loss(batch);
            loss.backward();
            optimizer.step();
            last = loss.item<float>();
            first = step == 0 ? last : first;
        }

        last.Should().BeLessThan(first / 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reconstruction_keeps_what_is_visible(bool normalized)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using MaeModel model = Models.Tiny(options => options with { NormPixLoss = normalized, ImageMean = [0.3], ImageStd = [0.2] });
        model.eval();
        using Batch batch = model.Collate(TestImages.Many(3), TestImages.Context(training: false));

        ImageReconstruction made = model.Reconstruct(batch, new SeededRandom(1));

        byte[] pixels = TestImages.Image(0, 0).Image.Data.ToArray();
        made.Original[0].reshape(-1).data<float>().ToArray().Zip(pixels).Should()
            .OnlyContain(pair => Math.Abs(pair.First - (pair.Second / 127.5f - 1)) < 1e-5);
        Tensor hidden = ImagePatches.Cut(made.Visible, 2).abs().sum(2L).eq(0); // [B, G]
        hidden.sum(1L).data<long>().ToArray().Should().Equal(12, 12, 12);
        Tensor visible = hidden.logical_not().unsqueeze(2).to(torch.ScalarType.Float32);
        Goldens.Difference(ImagePatches.Cut(made.Reconstructed, 2) * visible, ImagePatches.Cut(made.Original, 2) * visible).Should()
            .BeLessThan(1e-5);
        Goldens.Difference(model.Reconstruct(batch, new SeededRandom(1)).Reconstructed, made.Reconstructed).Should().Be(0);
        Goldens.Difference(model.Reconstruct(batch, new SeededRandom(2)).Reconstructed, made.Reconstructed).Should().BeGreaterThan(0.01);
    }

    [Fact]
    public void A_classifier_starts_from_the_encoder()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        const string Name = "vit_mae-tiny";
        var architecture = new VitArchitecture();
        using MaeModel autoencoder = Models.Golden(Name);
        ModelFacts facts = TestImages.Facts(32, 3);

        using VitModel classifier = architecture.Build(
            architecture.Resolve(architecture.Read(Goldens.Configuration(Name)), facts), new BuildContext(torch.CPU, new Autocast()));
        IReadOnlyList<string> missing = Goldens.Fill(classifier, architecture.WeightName, Goldens.File(Name, "model.safetensors"));

        missing.Should().Equal("classifier.bias", "classifier.weight").And.OnlyContain(name => architecture.IsHead(name));
        classifier.eval();
        classifier.Labels.Should().Equal(facts.Data.Labels);
        using Batch batch = classifier.Collate(TestImages.Many(2, 32, 3), TestImages.Context(training: false));
        Goldens.Difference(classifier.Embed(batch), autoencoder.Embed(batch)).Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Contradicting_options_are_rejected()
    {
        Refused(new MaeOptions { MaskRatio = 0.99, PatchSize = 4 }, "*'maskRatio' is 0.99, which leaves 0 of 4 patches visible*");
        Refused(new MaeOptions { MaskRatio = 0 }, "*leaves 64 of 64 patches visible*");
        Refused(new MaeOptions { HiddenSize = 6, Heads = 1 }, "*'hiddenSize' is 6, but it must be a multiple of 4*");
        Refused(new MaeOptions { DecoderHeads = 3 }, "*'decoderHiddenSize' is 512*'decoderHeads', which is 3*");

        static void Refused(MaeOptions options, string message)
        {
            Action resolve = () => Models.Architecture.Resolve(options, TestImages.Facts(8, 1));
            resolve.Should().Throw<ModelException>().WithMessage(message);
        }
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        MaeOptions options = Models.Architecture.Resolve(
            new MaeOptions { HiddenSize = 64, Layers = 2, DecoderHiddenSize = 32, NormPixLoss = true, MaskRatio = 0.5 },
            TestImages.Facts(32, 3));

        Models.Architecture.Read(Models.Architecture.Describe(options)).Should().BeEquivalentTo(options);
    }

    [Fact]
    public void No_tensor_stays_alive_after_a_pass()
    {
        using MaeModel model = Models.Tiny();
        LiveTensors.LeftBy(Use);

        LiveTensors.LeftBy(Use).Should().Be(0);

        void Use()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = model.Collate(TestImages.Many(3), TestImages.Context());
            model.Loss(batch).backward();
            foreach (Parameter parameter in model.parameters())
                parameter.grad = null;
            model.Embed(batch);
            model.Reconstruct(batch, new SeededRandom(1));
            var inputs = new Dictionary<string, Tensor> { ["pixel_values"] = batch["pixel_values"], ["noise"] = torch.rand([3, 16]) };
            model.Outputs(inputs, new HashSet<string> { "logits", "pred", "loss", "mask", "hidden_states.1", "last_hidden_state" });
        }
    }
}
