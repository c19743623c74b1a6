using Microsoft.Extensions.DependencyInjection;
using Tenon.Host;
using Tenon.Host.Evaluation;
using Tenon.Host.Events;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

namespace Tenon.Integration.Tests;

/// <summary>The library's asynchronous methods, in a program with a service container.</summary>
[Collection(InOneProcess.Name)]
public sealed class AsynchronousTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_recipe_from_an_object_trains_resumes_and_generates()
    {
        await using ServiceProvider services = new ServiceCollection().AddTenon().BuildServiceProvider();
        TenonHost tenon = services.GetRequiredService<TenonHost>();
        using var stop = new CancellationTokenSource();
        var losses = new List<double>();

        Recipe recipe = tenon.ReadObject(new
        {
            output = _workspace.At("runs"),
            device = new { use = "cpu", threads = 1 },
            data = new { use = "text-files", files = new[] { _workspace.At("text.txt") }, documents = "line" },
            tokenizer = new { use = "bytes" },
            model = new { use = "gpt", layers = 2, hiddenSize = 32, heads = 2, contextLength = 32 },
            strategy = new { use = "pretrain" },
            training = new { steps = 10, batchSize = 4, learningRate = 3e-3 },
        }).GetRecipe();
        RunReport report = await tenon.RunAsync(recipe, Show, stop.Token);
        report = await tenon.ResumeAsync(report.Folder.Path, ["--training:steps=20"], Show, stop: stop.Token);
        EvaluationReport measured = await tenon.EvaluateAsync(report.Folder.Path, new EvaluationOptions());

        await using ModelThread model = await tenon.OpenAsync(report.Folder.Path);
        Continuation continuation = (await model.GenerateAsync(["the "], new SamplingOptions { MaxNewTokens = 20 }))[0];
        float[][] vectors = await model.EmbedAsync(["the cat", "the dog"]);

        losses.Should().HaveCount(20);
        report.Summary.Steps.Should().Be(20);
        measured.ToJson().ToJsonString().Should().Contain("loss");
        continuation.Ids.Should().NotBeEmpty();
        vectors.Should().HaveCount(2).And.OnlyContain(vector => vector.Length == 32);

        void Show(RunEvent happened)
        {
            if (happened is StepCompleted step)
                losses.Add(step.Loss);
        }
    }

    [Fact]
    public async Task Streamed_text_equals_generated_text_and_an_enumeration_can_end_early()
    {
        using var tenon = new TenonHost();
        string folder = tenon.Run(tenon.Read(_workspace.Recipe("streamed", 4, 0), $"--output={_workspace.At("runs")}").GetRecipe())
            .Folder.Path;
        var sampling = new SamplingOptions { MaxNewTokens = 24 };
        await using ModelThread model = await tenon.OpenAsync(folder);

        string whole = (await model.GenerateAsync(["the "], sampling))[0].Text;
        var pieces = new List<string>();
        await foreach (string piece in model.StreamAsync("the ", sampling))
            pieces.Add(piece);
        string first = "";
        await foreach (string piece in model.StreamAsync("the ", sampling with { MaxNewTokens = 100_000 }))
        {
            first = piece;
            break;
        }

        string.Concat(pieces).Should().Be(whole);
        pieces.Should().HaveCountGreaterThan(1);
        first.Should().Be(pieces[0]);
    }

    [Fact]
    public async Task All_work_of_a_model_is_done_on_one_thread_that_tracks_no_gradients_of_others()
    {
        using var tenon = new TenonHost();
        string folder = tenon.Run(tenon.Read(_workspace.Recipe("thread", 2, 0), $"--output={_workspace.At("runs")}").GetRecipe())
            .Folder.Path;
        await using ModelThread model = await tenon.OpenAsync(folder);

        int[] threads = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => model.InvokeAsync(_ => Environment.CurrentManagedThreadId)));
        float[][][] same = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => model.EmbedAsync(["the cat sees"]))));

        threads.Distinct().Should().ContainSingle().Which.Should().NotBe(Environment.CurrentManagedThreadId);
        same.Should().OnlyContain(vectors => vectors[0].SequenceEqual(same[0][0]));
    }

    [Fact]
    public async Task Cancelled_work_throws_and_the_model_can_still_be_used()
    {
        using var tenon = new TenonHost();
        string folder = tenon.Run(tenon.Read(_workspace.Recipe("cancelled", 2, 0), $"--output={_workspace.At("runs")}").GetRecipe())
            .Folder.Path;
        ModelThread model = await tenon.OpenAsync(folder);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        Func<Task> cancelled = () => model.GenerateAsync(["the "], stop: stop.Token);
        await cancelled.Should().ThrowAsync<OperationCanceledException>();
        (await model.GenerateAsync(["the "], new SamplingOptions { MaxNewTokens = 3 })).Should().ContainSingle();
        await model.DisposeAsync();
        await model.DisposeAsync();
        Func<Task> disposed = () => model.GenerateAsync(["the "]);
        await disposed.Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task A_stopped_run_reports_its_checkpoint_and_can_be_resumed()
    {
        using var tenon = new TenonHost();
        Recipe recipe = tenon.Read(_workspace.Recipe("stopped", 500, 0), $"--output={_workspace.At("runs")}").GetRecipe();
        using var stop = new CancellationTokenSource();

        Func<Task> run = () => tenon.RunAsync(recipe, happened =>
        {
            if (happened is StepCompleted { Step: 3 })
                stop.Cancel();
        }, stop.Token);

        await run.Should().ThrowAsync<OperationCanceledException>();
        RunReport report = await tenon.ResumeAsync(_workspace.At("runs", "stopped"), ["--training:steps=6"]);
        report.Summary.Steps.Should().Be(6);
    }

    [Fact]
    public void A_recipe_from_an_object_reports_all_that_is_wrong()
    {
        using var tenon = new TenonHost();

        RecipeReading reading = tenon.ReadObject(new { model = new { use = "gtp" }, training = new { stpes = 4 } });

        reading.Recipe.Should().BeNull();
        reading.Findings.Select(finding => finding.ToString()).Should().Contain(text => text.Contains("Did you mean 'gpt'"))
            .And.Contain(text => text.Contains("Did you mean 'steps'"));
    }
}
