using Tenon.Host.Recipes;
using Tenon.Host.Training;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class TrainingRunTests
{
    [Fact]
    public void Two_optimizations_in_a_run_are_refused()
    {
        using var run = new TestRun(TestRun.Options);
        using var model = new TinyClassifier();
        using var started = new TrainingRun(run.Parts(model));
        using IOptimization optimization = started.Optimize();
        Action again = () => started.Optimize();
        again.Should().Throw<InvalidOperationException>().WithMessage("Optimize was already called*");
    }

    [Fact]
    public void A_run_is_a_run_of_each_capability_of_its_model()
    {
        using var run = new TestRun(TestRun.Options);
        using var model = new TinyClassifier();
        using var started = new TrainingRun(run.Parts(model));
        IRun all = started;
        all.As<TinyClassifier>().Model.Should().BeSameAs(model);
        all.As<IModel>().Model.Should().BeSameAs(model);
    }

    [Fact]
    public void Nothing_is_written_before_the_first_step_is_due()
    {
        using var run = new TestRun(TestRun.Options);
        using var model = new TinyClassifier();
        int accepted = 0;
        using (var refused = new TrainingRun(run.Parts(model) with { Accept = () => accepted++ }))
        {
            refused.Record("test/early", 1);
            refused.Optimize().Dispose();
        }

        accepted.Should().Be(0);
        Directory.GetFileSystemEntries(run.Folder.Path).Should().BeEmpty();

        using var started = new TrainingRun(run.Parts(model) with { Accept = () => accepted++ });
        using IOptimization optimization = started.Optimize();
        optimization.Next().Should().BeTrue();
        optimization.Step(model.Loss);
        optimization.Next().Should().BeTrue();
        accepted.Should().Be(1);
        File.Exists(run.Folder.Metrics).Should().BeTrue();
    }

    [Fact]
    public void A_strategy_that_only_measures_begins_with_what_it_writes()
    {
        using var run = new TestRun(TestRun.Options);
        using var model = new TinyClassifier();
        int accepted = 0;
        using var started = new TrainingRun(run.Parts(model) with { Accept = () => accepted++ });

        started.Write("results", new System.Text.Json.Nodes.JsonObject());
        started.Conclude();

        accepted.Should().Be(1);
    }

    [Fact]
    public void Prompts_for_a_model_without_text_are_refused()
    {
        using var run = new TestRun(TestRun.Options, recipe => recipe with { Samples = new SampleOptions { Prompts = ["Once"] } });
        using var model = new TinyClassifier();
        run.Invoking(given => new TrainingRun(given.Parts(model))).Should().Throw<ModelException>()
            .WithMessage("*samples:prompts*does not generate text*");
    }
}
