using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Optimizers;
using Tenon.Host.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Parallel;

[Collection("torch")]
public sealed class ParallelStepTests
{
    private const int Steps = 6;
    private const int Rows = 24;

    [Theory]
    [InlineData(2, OptimizerName.Sgd)]
    [InlineData(4, OptimizerName.Sgd)]
    [InlineData(2, OptimizerName.Lion)]
    [InlineData(4, OptimizerName.Adafactor)]
    public void Any_number_of_ranks_trains_like_one(int ranks, OptimizerName optimizer)
    {
        Outcome alone = Train(new SingleProcess(), optimizer, zero: 0);
        Outcome[] all = ThreadRanks.Run(ranks, communicator => Train(communicator, optimizer, zero: 0));

        foreach (Outcome rank in all)
        {
            foreach ((StepResult expected, StepResult actual) in alone.Steps.Zip(rank.Steps))
            {
                actual.Loss.Should().BeApproximately(expected.Loss, 1e-6);
                actual.GradientNorm.Should().BeApproximately(expected.GradientNorm, 1e-6 * Math.Max(1, expected.GradientNorm));
            }

            rank.Steps.Should().Equal(all[0].Steps);
            foreach ((string name, float[] values) in rank.Values)
                values.Should().Equal(all[0].Values[name], "every rank has the same '{0}'", name);
        }

        // Lion moves each number by the sign of its mean gradient, which a rounding error can change where the mean is 0. Adafactor
        // divides gradients by their own size, and so enlarges the rounding errors of small ones.
        float tolerance = optimizer switch { OptimizerName.Lion => 0.05f, OptimizerName.Adafactor => 5e-5f, _ => 2e-6f };
        foreach ((string name, float[] values) in all[0].Values)
        {
            foreach ((float expected, float actual) in alone.Values[name].Zip(values))
                actual.Should().BeApproximately(expected, tolerance, "of '{0}'", name);
        }
    }

    [Theory]
    [InlineData(2, OptimizerName.Adamw, 1)]
    [InlineData(3, OptimizerName.Adamw, 1)]
    [InlineData(2, OptimizerName.Adamw8bit, 1)]
    [InlineData(2, OptimizerName.Lion, 1)]
    [InlineData(4, OptimizerName.Sgd, 1)]
    [InlineData(2, OptimizerName.Adamw, 2)]
    [InlineData(3, OptimizerName.Adamw8bit, 2)]
    [InlineData(4, OptimizerName.Sgd, 2)]
    public void Divided_optimizer_state_and_gradients_change_no_bit(int ranks, OptimizerName optimizer, int zero)
    {
        Outcome[] whole = ThreadRanks.Run(ranks, communicator => Train(communicator, optimizer, zero: 0));
        Outcome[] divided = ThreadRanks.Run(ranks, communicator => Train(communicator, optimizer, zero));

        for (int rank = 0; rank < ranks; rank++)
        {
            divided[rank].Steps.Should().Equal(whole[rank].Steps);
            foreach ((string name, float[] values) in divided[rank].Values)
                values.Should().Equal(whole[rank].Values[name], "'{0}' of rank {1}", name, rank);
            divided[rank].StateBytes.Should().BeLessThan(whole[rank].StateBytes);
        }

        divided[0].State.Keys.Should().BeEquivalentTo(whole[0].State.Keys);
        foreach ((string name, float[] values) in divided[0].State)
            values.Should().Equal(whole[0].State[name], "of the state '{0}'", name);
        divided.Sum(rank => rank.StateBytes).Should().BeLessThan((long)(whole[0].StateBytes * 1.05));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void With_divided_gradients_a_rank_keeps_only_its_part_of_them(int ranks)
    {
        (long Whole, long Own, long All)[] kept = ThreadRanks.Run(ranks, communicator =>
        {
            using var model = new WideModel();
            var trained = new TrainedParameters(model, new OptimizationSetup());
            using var exchange = new GradientExchange(trained, new World(communicator, zero: 2));
            using Batch batch = TinyBatches.Rows(communicator.Rank * Rows, Rows);
            using Tensor loss = model.Loss(batch);
            loss.backward();
            exchange.Reduce(loss.item<float>());
            return (Elements(trained.All), Elements(exchange.Groups.SelectMany(group => group.Parameters)),
                trained.All.Sum(parameter => parameter.Value.numel()));
        });

        kept.Should().OnlyContain(rank => rank.Whole == 0, "the gradients of whole parameters are freed");
        kept.Sum(rank => rank.Own).Should().Be(kept[0].All);
        kept.Should().OnlyContain(rank => rank.Own <= rank.All / ranks + 2 * FlatLayout.Unit);

        static long Elements(IEnumerable<NamedParameter> parameters) =>
            parameters.Sum(parameter => parameter.Value.grad is { } gradient ? gradient.numel() : 0);
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 2)]
    [InlineData(3, 1)]
    public void State_that_one_number_of_ranks_saved_is_read_by_another(int before, int after)
    {
        Dictionary<string, float[]> saved =
            ThreadRanks.Run(before, communicator => Train(communicator, OptimizerName.Adamw, zero: 1))[0].State;
        Dictionary<string, float[]> read = ThreadRanks.Run(after, communicator =>
        {
            using var model = new WideModel();
            using TrainingStep step = Step(model, communicator, OptimizerName.Adamw, zero: 1);
            using (OptimizerTensors state = step.StateToRead())
            {
                using IDisposable untracked = no_grad();
                foreach ((string name, Tensor value) in state.Tensors)
                    value.copy_(tensor(saved[name]).view(value.shape));
                state.TakeOver();
            }

            using OptimizerTensors collected = step.CollectState();
            return collected.Tensors.ToDictionary(each => each.Key, each => TinyClassifier.Values(each.Value.contiguous()));
        })[0];

        read.Keys.Should().BeEquivalentTo(saved.Keys);
        foreach ((string name, float[] values) in read)
            values.Should().Equal(saved[name], "of '{0}'", name);
    }

    [Fact]
    public void More_ranks_than_units_of_parameters_are_refused_with_ZeRO()
    {
        Action train = () => ThreadRanks.Run(64, communicator =>
        {
            using var model = new TinyClassifier();
            using var step = new TrainingStep(new TrainedParameters(model, new OptimizationSetup()), new TrainingOptions(),
                Precision.Fp32, new SeededRandom(1), new World(communicator, zero: 1));
            return 0;
        });

        train.Should().Throw<AggregateException>().WithInnerException<ModelException>()
            .WithMessage("The 131 trained parameters are too few*among 64 processes. Set parallel:zero to 0.");
    }

    [Fact]
    public void Quantized_state_of_parameters_with_channels_last_is_not_divided()
    {
        using var model = new WideModel();
        Action make = () => Step(model, new SingleProcess(), OptimizerName.Adamw8bit, zero: 1);

        make.Should().NotThrow("one process divides nothing");
        Action divide = () => ThreadRanks.Run(2, communicator =>
        {
            using var own = new WideModel();
            using TrainingStep step = Step(own, communicator, OptimizerName.Adamw8bit, zero: 1);
            return 0;
        });
        divide.Should().Throw<AggregateException>().WithInnerException<ModelException>()
            .WithMessage("The optimizer 'adamw8bit' cannot be divided*'kernel'*Set parallel:zero to 0*");
    }

    private static Outcome Train(ICommunicator communicator, OptimizerName optimizer, int zero)
    {
        using var model = new WideModel(isContiguous: optimizer == OptimizerName.Adamw8bit);
        using TrainingStep step = Step(model, communicator, optimizer, zero);
        List<StepResult> steps = [];
        for (int i = 0; i < Steps; i++)
        {
            model.UsesAll = i % 2 == 0;
            int own = Rows / communicator.Size;
            using Batch batch = TinyBatches.Rows(i * Rows + communicator.Rank * own, own);
            steps.Add(step.Run(i, [batch], model.Loss));
        }

        using OptimizerTensors state = step.CollectState();
        return new Outcome(
            steps, model.Values(),
            state.Tensors.ToDictionary(each => each.Key, each => TinyClassifier.Values(each.Value.contiguous()), StringComparer.Ordinal),
            step.Optimizer.State.Values.Sum(tensor => tensor.numel() * tensor.ElementSize));
    }

    private static TrainingStep Step(WideModel model, ICommunicator communicator, OptimizerName optimizer, int zero) => new(
        new TrainedParameters(model, new OptimizationSetup
        {
            LearningRateScale = name => name.StartsWith("output", StringComparison.Ordinal) ? 0.5 : 1,
        }),
        new TrainingOptions { Steps = Steps, LearningRate = 0.01, Clip = 0.1, WeightDecay = 0.1, Optimizer = optimizer }, Precision.Fp32,
        new SeededRandom(1), new World(communicator, zero));

    private sealed record Outcome(
        IReadOnlyList<StepResult> Steps, Dictionary<string, float[]> Values, Dictionary<string, float[]> State, long StateBytes);
}
