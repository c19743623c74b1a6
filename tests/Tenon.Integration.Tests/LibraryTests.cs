using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using TorchSharp;

namespace Tenon.Integration.Tests;

/// <summary>Tenon inside another program.</summary>
[Collection(InOneProcess.Name)]
public sealed class LibraryTests : IDisposable
{
    private readonly Workspace _workspace = new();
    private readonly StringWriter _screen = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Reads_plans_runs_and_opens()
    {
        using ServiceProvider services = Services();
        TenonHost tenon = services.GetRequiredService<TenonHost>();
        Recipe recipe = tenon.Read(_workspace.Recipe("inside", 4, 0), $"--output={_workspace.At("runs")}").Recipe!;

        tenon.Plan(recipe).Parameters.Should().BePositive();
        RunReport report = tenon.Run(recipe);
        report.Summary.Steps.Should().Be(4);
        using OpenedModel model = tenon.Open(report.Folder.Path);
        model.As<ICausalLanguageModel>("test").VocabularySize.Should().Be(257);
    }

    [Fact]
    public void A_run_leaves_no_tensor_behind()
    {
        using ServiceProvider services = Services();
        TenonHost tenon = services.GetRequiredService<TenonHost>();
        string file = _workspace.Recipe("counted", 3, 0);
        Run(3);
        long before = LiveTensors();
        Run(3);
        long after3 = LiveTensors();
        Run(9);

        // TorchSharp counts a wrapper for each Parameter that was ever made, so equal models add equal numbers.
        (LiveTensors() - after3).Should().Be(after3 - before);

        void Run(int steps) => tenon.Run(tenon.Read(file, $"--output={_workspace.At("runs")}", $"--training:steps={steps}").Recipe!);
    }

    private ServiceProvider Services() => new ServiceCollection()
        .AddTenon(options => options.Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_screen) }))
        .BuildServiceProvider();

    private static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return torch.Tensor.TotalCount;
    }
}
