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
    public void Prompts_for_a_model_without_text_are_refused()
    {
        using var run = new TestRun(TestRun.Options, recipe => recipe with { Samples = new SampleOptions { Prompts = ["Once"] } });
        using var model = new TinyClassifier();
        run.Invoking(given => new TrainingRun(given.Parts(model))).Should().Throw<ModelException>().WithMessage("*samples:prompts*does not generate text*");
    }
}
