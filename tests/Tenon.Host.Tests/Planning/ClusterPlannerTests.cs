using Tenon.Host.Planning;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Tests.Planning;

public sealed class ClusterPlannerTests
{
    private static readonly TrainingModel Model = TrainingModel.Gpt("3.6B", 30, 3072, 32);
    private static readonly Cluster A100 = ShippedClusters.Read("a100");

    [Fact]
    public void Layouts_are_ranked_by_time_and_fit()
    {
        ClusterPlan plan = Plan(new ClusterRequest { Cluster = "a100", Gpus = 64, Units = 100e9 });

        plan.Layouts.Select(layout => layout.Time.Total).Should().BeInAscendingOrder();
        plan.Layouts.Should().AllSatisfy(layout =>
        {
            layout.Layout.Gpus.Should().Be(64);
            layout.Memory.Total.Should().BeLessThan(plan.UsableMemory);
            (512 % (layout.Layout.Data * layout.Layout.MicroBatch)).Should().Be(0);
        });
    }

    [Fact]
    public void Divisions_that_do_not_fit_are_listed_with_their_memory()
    {
        TrainingModel gpt3 = TrainingModel.Gpt("GPT-3", 96, 12_288, 96);
        ClusterPlan plan = new ClusterPlanner(gpt3, A100, 1536, new ClusterRequest { Cluster = "a100", Gpus = 64, Units = 300e9 }).Plan();

        plan.TooLarge.Should().NotBeEmpty()
            .And.AllSatisfy(layout => layout.Memory.Total.Should().BeGreaterThan(plan.UsableMemory));
    }

    [Fact]
    public void Time_times_speed_is_the_number_of_operations()
    {
        ClusterPlan plan = Plan(new ClusterRequest { Cluster = "a100", Gpus = 64, Units = 100e9 });

        (plan.Seconds * 64 * 312e12 * plan.Layouts[0].Utilization).Should().BeApproximately(plan.Flop, 1e-6 * plan.Flop);
    }

    [Fact]
    public void The_gpus_for_some_days_meet_them_and_the_tokens_of_some_days_take_them()
    {
        ClusterPlan byDays = Plan(new ClusterRequest { Cluster = "a100", Days = 10, Units = 100e9 });
        ClusterPlan byGpus = Plan(new ClusterRequest { Cluster = "a100", Days = 10, Gpus = byDays.Gpus });

        byDays.SecondsWithFailures.Should().BeLessThanOrEqualTo(10 * 86_400);
        byGpus.SecondsWithFailures.Should().BeApproximately(10 * 86_400, 100);
        byGpus.Units.Should().BeGreaterThanOrEqualTo(100e9);
    }

    [Fact]
    public void A_budget_buys_the_fastest_cluster_that_it_pays()
    {
        ClusterPlan plan = Plan(new ClusterRequest { Cluster = "a100", Budget = 100_000, Price = 2, Units = 100e9 });

        plan.Cost.Should().BeLessThanOrEqualTo(100_000);
    }

    [Fact]
    public void A_budget_that_is_too_small_is_refused_with_the_nearest_that_is_enough()
    {
        string message = Refused(new ClusterRequest { Cluster = "a100", Budget = 100, Price = 2, Units = 100e9 });

        message.Should().StartWith("--budget is 100 dollars, which cannot be met. The nearest: --budget ").And.NotContain("\n");
        double enough = double.Parse(message.Split("--budget ")[2].Split(' ')[0]);
        Plan(new ClusterRequest { Cluster = "a100", Budget = enough, Price = 2, Units = 100e9 }).Cost.Should().BeLessThanOrEqualTo(enough);
    }

    [Fact]
    public void Days_that_are_too_few_are_refused_with_the_nearest_that_are_enough()
    {
        string message = Refused(new ClusterRequest { Cluster = "a100", Days = 0.01, Units = 100e9 });

        message.Should().StartWith("--days is 0.01, which cannot be met").And.NotContain("\n");
        double enough = double.Parse(message.Split("--days ")[2].Split(' ')[0]);
        Plan(new ClusterRequest { Cluster = "a100", Days = enough, Units = 100e9 })
            .SecondsWithFailures.Should().BeLessThanOrEqualTo(enough * 86_400);
    }

    [Fact]
    public void A_budget_needs_a_price() =>
        Refused(new ClusterRequest { Cluster = "a100", Budget = 100, Units = 1e9 }).Should().Contain("Add --price");

    [Fact]
    public void Gpus_that_do_not_hold_the_model_are_refused_with_the_nearest_number_that_does()
    {
        TrainingModel gpt3 = TrainingModel.Gpt("GPT-3", 96, 12_288, 96);
        var planner = new ClusterPlanner(gpt3, A100, 1536, new ClusterRequest { Cluster = "a100", Gpus = 8, Units = 300e9 });

        string message = FluentActions.Invoking(planner.Plan).Should().Throw<OptionsException>().Which.Message;

        message.Should().StartWith("--gpus is 8, but no layout fits: the smallest needs ").And.NotContain("\n");
        int enough = int.Parse(message.Split("--gpus ")[2].TrimEnd('.'));
        new ClusterPlanner(gpt3, A100, 1536, new ClusterRequest { Cluster = "a100", Gpus = enough, Units = 300e9 }).Plan()
            .Layouts.Should().NotBeEmpty();
    }

    [Fact]
    public void A_number_of_gpus_that_the_batch_does_not_divide_is_refused() =>
        Refused(new ClusterRequest { Cluster = "a100", Gpus = 7, Units = 1e9 })
            .Should().StartWith("--gpus is 7, but no layout divides 512 examples a step");

    [Fact]
    public void Checkpoints_lose_the_least_at_the_period_of_young_and_daly()
    {
        FailurePlan plan = FailurePlan.Of(bytes: 1e12, bandwidth: 10e9, hoursPerGpu: 50_000, gpus: 1000);

        (double write, double between) = (100, 50.0 * 3600);
        plan.CheckpointSeconds.Should().Be(write);
        plan.HoursBetweenFailures.Should().BeApproximately(50, 1e-9);
        plan.Period.Should().BeApproximately(Math.Sqrt(2 * between * write), 1e-6);
        foreach (double other in new[] { 0.5 * plan.Period, 2 * plan.Period })
            (write / other + other / (2 * between)).Should().BeGreaterThan(plan.LostShare);
    }

    [Fact]
    public void Generation_at_one_text_reads_the_weights_and_its_cache_for_every_token()
    {
        TrainingModel model = Model with { Stack = Model.Stack! with { CachedNumbers = 2 * 3072 } };
        ServingPlan plan = new ServingModel(model, A100, "bf16", new Assumptions { MemoryShare = 1, LaunchTime = 0 }).Plan()!;

        plan.Tensor.Should().Be(1);
        plan.CacheBytesPerToken.Should().Be(2.0 * 30 * 2 * 3072);
        plan.Points[0].Users.Should().Be(1);
        plan.Points[0].TokenSeconds.Should()
            .BeApproximately((2 * model.Parameters + 2048 * plan.CacheBytesPerToken) / 2.039e12, 1e-9);
        plan.Points[^1].Users.Should().Be(plan.MostUsers);
        (plan.WeightBytes + plan.Points[^1].CacheBytes).Should().BeLessThanOrEqualTo(0.92 * 80e9);
    }

    private static ClusterPlan Plan(ClusterRequest request) => new ClusterPlanner(Model, A100, 512, request).Plan();

    private static string Refused(ClusterRequest request) =>
        FluentActions.Invoking(() => Plan(request)).Should().Throw<OptionsException>().Which.Message;
}
