using System.ComponentModel.DataAnnotations;
using TorchSharp.Modules;

namespace Tenon.Testing.Tests;

/// <summary>For each promise of a strategy one that breaks it, and what the check says.</summary>
public sealed class BadStrategyTests
{
    [Fact]
    public void A_good_one_keeps_all_promises() => StrategyChecks.All.Should().OnlyContain(
        check => check.Run(Subject((run, _) => Train(run, b => run.Model.Loss(b), new()))).Outcome == CheckOutcome.Passed);

    [Fact]
    public void A_loss_that_stays() =>
        Breaks(StrategyChecks.Learns, "*The loss went from 0 to 0*", (run, _) => Train(run, b => 0 * run.Model.Loss(b), new()));

    [Fact]
    public void An_end_before_the_end() => Breaks(StrategyChecks.Finishes, "*returned before the optimization ended*", (run, _) =>
    {
        using IOptimization optimization = run.Optimize();
        optimization.Next();
        optimization.Step(run.Model.Loss);
    });

    [Fact]
    public void Chance_that_is_not_the_runs()
    {
        int call = 0;
        Breaks(StrategyChecks.Resumes, "*different weights*", (run, _) => Train(run, b => run.Model.Loss(b) * (1 + call++ % 5), new()));
    }

    [Fact]
    public void A_stop_that_is_swallowed() => Breaks(StrategyChecks.Stops, "*without an OperationCanceledException*", (run, _) =>
    {
        try
        {
            Train(run, b => run.Model.Loss(b), new());
        }
        catch (OperationCanceledException)
        {
        }
    });

    [Fact]
    public void A_parameter_that_moves_undeclared() => Breaks(StrategyChecks.Declares, "*without being declared: tokens*", (run, _) =>
    {
        Dictionary<string, Parameter> declared = run.Model.Module.named_parameters()
            .Where(p => p.name.StartsWith("head", StringComparison.Ordinal))
            .ToDictionary(p => p.name, p => p.parameter);
        Train(run, b =>
        {
            using (torch.no_grad())
                ((ToyModel)run.Model).TokenEmbeddings.mul_(0.99);
            return run.Model.Loss(b);
        }, new OptimizationSetup { Parameters = declared });
    });

    [Fact]
    public void A_reference_model_that_is_not_declared() => Breaks(StrategyChecks.Reference, "*UsesReference is false*", (run, _) =>
    {
        run.Reference.Module.eval();
        Train(run, b => run.Model.Loss(b), new());
    });

    [Fact]
    public void A_tensor_that_stays_alive() => Breaks(StrategyChecks.Frees, "*more tensors are alive*", (run, _) => Train(run, b =>
    {
        torch.zeros(2).DetachFromDisposeScope();
        return run.Model.Loss(b);
    }, new()));

    [Fact]
    public void A_prompt_that_stays_on_the_model() => Breaks(StrategyChecks.Resets, "*prompt remains*", (run, _) =>
    {
        Train(run, b => run.Model.Loss(b), new());
        ((ToyModel)run.Model).Prompt = new Prompt(torch.zeros(1, 16));
    });

    [Fact]
    public void A_validation_that_freezes_the_model()
    {
        Verdict verdict = StrategyChecks.ChecksRequirements.Run(StrategySubject.Of(new Freezing(), new ToyOptions()));

        verdict.Outcome.Should().Be(CheckOutcome.Failed);
        verdict.Reason.Should().Match("*changed or frozen*no longer in train mode*");
    }

    [Fact]
    public void A_validation_loss_that_nobody_knows_of_afterwards() =>
        Breaks(StrategyChecks.Validates, "*reported*evaluation after the run gives*", (run, _) =>
        Train(run, b => run.Model.Loss(b), new OptimizationSetup { ValidationLoss = b => 2 * run.Model.Loss(b) }));

    [Fact]
    public void A_capability_that_the_kit_has_no_model_for_is_skipped() =>
        StrategyChecks.Learns.Run(StrategySubject.Of(new ForDenoisers(), new ToyOptions())).Should().Match<Verdict>(
            v => v.Outcome == CheckOutcome.Skipped && v.Reason.Contains("IDenoiser", StringComparison.Ordinal));

    private static void Breaks(Check<StrategySubject> check, string reason, Action<IRun<IModel>, CancellationToken> run)
    {
        Verdict verdict = check.Run(Subject(run));

        verdict.Outcome.Should().Be(CheckOutcome.Failed);
        verdict.Reason.Should().Match(reason);
    }

    private static StrategySubject Subject(Action<IRun<IModel>, CancellationToken> run) =>
        StrategySubject.Of(new Scripted(run), new ToyOptions());

    private static void Train(IRun run, Func<Batch, Tensor> loss, OptimizationSetup setup)
    {
        using IOptimization optimization = run.Optimize(setup);
        while (optimization.Next())
            optimization.Step(loss);
    }

    private sealed class Scripted(Action<IRun<IModel>, CancellationToken> run) : IStrategy<ToyOptions, IModel>
    {
        public void Run(ToyOptions options, IRun<IModel> given, CancellationToken stop) => run(given, stop);
    }

    private sealed class Freezing : IStrategy<ToyOptions, IModel>
    {
        public void Run(ToyOptions options, IRun<IModel> run, CancellationToken stop) => run.Optimize();

        public IEnumerable<ValidationResult> Validate(ToyOptions options, IModel model, ITokenizer? tokenizer, IRunData data)
        {
            model.Module.eval();
            foreach (Parameter parameter in model.Module.parameters())
                parameter.requires_grad = false;
            return [];
        }
    }

    private sealed class ForDenoisers : IStrategy<ToyOptions, IDenoiser>
    {
        public void Run(ToyOptions options, IRun<IDenoiser> run, CancellationToken stop) => run.Optimize();
    }
}
