using Tenon.Safetensors;

namespace Tenon.Diffusion.Tests;

public sealed class DiffusionModelTests : IDisposable
{
    private static readonly DiffusionOptions Small = new()
    {
        Preset = "tiny",
        BlockOutChannels = [16, 32],
        Height = 8,
        Width = 8,
        Channels = 1,
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(PredictionType.Epsilon, false)]
    [InlineData(PredictionType.Epsilon, true)]
    [InlineData(PredictionType.Velocity, true)]
    [InlineData(PredictionType.Sample, false)]
    public void The_loss_falls_on_one_batch(PredictionType prediction, bool conditional)
    {
        using DiffusionModel model = Build(Small with { Prediction = prediction }, conditional);
        using Batch batch = Collate(model, conditional);
        using torch.optim.Optimizer optimizer = torch.optim.Adam(model.Module.parameters(), lr: 2e-3);
        List<double> losses = [];

        for (int step = 0; step < 80; step++)
        {
            using DisposeScope each = torch.NewDisposeScope();
            torch.manual_seed(step);
            optimizer.zero_grad();
            Tensor loss = model.Loss(batch);
            loss.backward();
            optimizer.step();
            losses.Add(loss.item<float>());
        }

        double before = losses.Take(5).Average(), after = losses.TakeLast(10).Average();
        after.Should().BeLessThan(0.6 * before);
        model.Module.named_parameters().Should().OnlyContain(p => !ReferenceEquals(p.parameter.grad, null));
    }

    [Fact]
    public void A_training_step_leaves_only_gradients()
    {
        using DiffusionModel model = Build(Small, conditional: true);
        using Batch batch = Collate(model, conditional: true);
        Step();

        LiveTensors.LeftBy(() =>
        {
            for (int i = 0; i < 3; i++)
                Step();
        }).Should().Be(0);

        void Step()
        {
            using DisposeScope each = torch.NewDisposeScope();
            model.Loss(batch).backward();
            model.Outputs(
                new Dictionary<string, Tensor>
                {
                    ["sample"] = batch["pixel_values"],
                    ["timestep"] = torch.arange(10, torch.ScalarType.Int64),
                    ["class_labels"] = batch["class_labels"]
                },
                new HashSet<string> { "noise_pred", "time_emb" });
        }
    }

    [Fact]
    public void Disposing_a_model_disposes_its_parameters()
    {
        DiffusionModel model = Build(Small, conditional: true);
        Parameter[] parameters = [.. model.Module.parameters()];

        model.Dispose();

        parameters.Should().NotBeEmpty().And.OnlyContain(parameter => parameter.IsInvalid);
    }

    [Fact]
    public void Reads_what_it_saved()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tenon-diffusion-").FullName, "model.safetensors");
        using DiffusionModel model =
            Build(Small with { Height = 8, Width = 16, BetaSchedule = BetaSchedule.SquaredcosCapV2 }, conditional: true);
        SafetensorsFile.Write(path, model.Module.state_dict().Select(pair => (pair.Key, pair.Value)));
        DiffusionOptions described = Models.Architecture.Read(Models.Architecture.Describe(Resolve(Small with
        {
            Width = 16,
            BetaSchedule = BetaSchedule.SquaredcosCapV2
        }, true)));
        using DiffusionModel copy = Models.Architecture.Build(described, Models.Cpu);

        Models.Load(copy, path).Should().BeEquivalentTo(model.Module.state_dict().Keys);

        Tensor sample = torch.randn(2, 1, 8, 16), timesteps = torch.tensor(new long[] { 3, 900 }),
        classes = torch.tensor(new long[] { 1, 2 });
        copy.Predict(sample, timesteps, new() { ClassLabels = classes })
            .Equals(model.Predict(sample, timesteps, new() { ClassLabels = classes })).Should().BeTrue();
        copy.Labels.Should().Equal(model.Labels);
        copy.AlphasCumulative.Should().Equal(model.AlphasCumulative);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void The_loss_is_a_function_of_torchs_seed()
    {
        using DiffusionModel model = Build(Small with { Dropout = 0.2 }, conditional: true);
        using Batch batch = Collate(model, conditional: true);

        double Loss(long seed)
        {
            torch.manual_seed(seed);
            return model.Loss(batch).item<float>();
        }

        Loss(1).Should().Be(Loss(1)).And.NotBe(Loss(2));
    }

    [Fact]
    public void Every_class_is_dropped_in_training_and_none_outside()
    {
        using DiffusionModel model = Build(Small with { ClassDropout = 1 }, conditional: true);
        using Batch batch = Collate(model, conditional: true);

        GradientRows().Should().Equal(2); // the row of "none"
        model.Module.eval();
        GradientRows().Should().Equal(0, 1);

        long[] GradientRows()
        {
            Parameter embedding = model.Module.get_parameter("class_embedding.weight")!;
            embedding.grad = null;
            model.Loss(batch).backward();
            return embedding.grad!.abs().sum(1L).nonzero().flatten().data<long>().ToArray();
        }
    }

    [Fact]
    public void Without_a_class_the_prediction_uses_the_none_class()
    {
        using DiffusionModel model = Build(Small, conditional: true);
        Tensor sample = torch.randn(2, 1, 8, 8), timesteps = torch.tensor(new long[] { 3, 900 });

        Tensor none = model.Predict(sample, timesteps);

        none.Equals(model.Predict(sample, timesteps, new() { ClassLabels = torch.tensor(new long[] { 2, 2 }) })).Should().BeTrue();
        none.Equals(model.Predict(sample, timesteps, new() { ClassLabels = torch.tensor(new long[] { 0, 1 }) })).Should().BeFalse();
    }

    [Fact]
    public void Rejects_inputs_that_do_not_fit()
    {
        using DiffusionModel conditional = Build(Small, conditional: true);
        using DiffusionModel unconditional = Build(Small, conditional: false);
        Tensor sample = torch.randn(2, 1, 8, 8), timesteps = torch.tensor(new long[] { 3, 900 });

        Refuses(() => conditional.Predict(torch.randn(2, 3, 8, 8), timesteps), "*'sample' has shape [2, 3, 8, 8]*takes [B, 1, 8, 8]*");
        Refuses(() => conditional.Predict(sample, torch.tensor(new long[] { 3 })), "*'timestep' has shape [1]*it must be [2]*");
        Refuses(() => conditional.Predict(sample, timesteps, new() { ClassLabels = torch.tensor(new long[] { 0, 3 }) }), "*outside 0 … 2*");
        Refuses(() => unconditional.Predict(sample, timesteps, new() { ClassLabels = torch.tensor(new long[] { 0, 1 }) }),
            "*not conditioned*Omit it*");
    }

    [Fact]
    public void Collates_images_to_minus_one_and_one()
    {
        using DiffusionModel model = Build(Small with { Height = 2, Width = 2, Channels = 3 }, conditional: true);
        byte[] pixels = [0, 255, 51, 0, 255, 51, 0, 255, 51, 0, 255, 204];

        using Batch batch = model.Collate([new ImageExample(new ImagePixels(2, 2, 3, pixels), Label: 1)],
            new CollateContext(new SeededRandom(1), true, null));

        batch["pixel_values"].data<float>().ToArray().Should()
            .Equal([-1, -1, -1, -1, 1, 1, 1, 1, -0.6f, -0.6f, -0.6f, 0.6f], (a, b) => Math.Abs(a - b) < 1e-6);
        batch["class_labels"].data<long>().ToArray().Should().Equal(1);
        (batch.Examples, batch.Targets).Should().Be((1, 12));
    }

    [Fact]
    public void Rejects_examples_that_do_not_fit()
    {
        using DiffusionModel model = Build(Small, conditional: true);
        CollateContext context = new(new SeededRandom(1), true, null);

        Action size = () => model.Collate([new ImageExample(new ImagePixels(4, 4, 1, new byte[16]), 0)], context);
        Action missing = () => model.Collate([new ImageExample(new ImagePixels(8, 8, 1, new byte[64]))], context);
        Action range = () => model.Collate([new ImageExample(new ImagePixels(8, 8, 1, new byte[64]), 2)], context);

        size.Should().Throw<DataException>().WithMessage("*4×4*8×8*");
        missing.Should().Throw<DataException>().WithMessage("*no class*0 … 1*");
        range.Should().Throw<DataException>().WithMessage("*the class 2*0 … 1*");
    }

    [Fact]
    public void The_published_size_is_counted_on_the_meta_device()
    {
        DiffusionOptions options = Models.Resolve(new() { Preset = "cifar10", Height = 32, Width = 32, Channels = 3 });
        using DiffusionModel model =
            Models.Architecture.Build(options, new BuildContext(new torch.Device(DeviceType.META), new Autocast()));

        // google/ddpm-cifar10-32 has 35,746,307 parameters (Ho et al. 2020, appendix B: 35.7 million).
        model.Module.parameters().Sum(p => p.numel()).Should().Be(35_746_307);
        model.Cost.ForwardFlop.Should().BeInRange(1.1e10, 1.35e10);
    }

    private static void Refuses(Action act, string message) => act.Should().Throw<ModelException>().WithMessage(message);

    private static DiffusionOptions Resolve(DiffusionOptions options, bool conditional) =>
        Models.Resolve(options with { Labels = conditional ? ["cross", "bar"] : null });

    private static DiffusionModel Build(DiffusionOptions options, bool conditional)
    {
        torch.manual_seed(7);
        return Models.Architecture.Build(Resolve(options, conditional), Models.Cpu);
    }

    private static Batch Collate(DiffusionModel model, bool conditional)
    {
        byte[] cross = new byte[64], bar = new byte[64];
        for (int i = 0; i < 8; i++)
            cross[i * 8 + i] = cross[i * 8 + 7 - i] = bar[i * 8 + 3] = bar[i * 8 + 4] = 255;
        ImageExample[] examples =
            [.. Enumerable.Range(0, 10).Select(i => new ImageExample(new ImagePixels(8, 8, 1, i % 2 == 0 ? cross : bar), i % 2))];
        return model.Collate(examples, new CollateContext(new SeededRandom(1), true, null));
    }
}
