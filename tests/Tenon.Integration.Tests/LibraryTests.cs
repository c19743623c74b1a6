using Microsoft.Extensions.DependencyInjection;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

namespace Tenon.Integration.Tests;

/// <summary>Tenon inside another program.</summary>
[Collection(InOneProcess.Name)]
public sealed class LibraryTests : IDisposable
{
    private readonly Workspace _workspace = new();

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

        // TorchSharp counts a wrapper for each Parameter until it is collected, so equal models add equal numbers.
        LiveTensors.LeftBy(() => Run(9)).Should().Be(LiveTensors.LeftBy(() => Run(3)));

        void Run(int steps) => tenon.Run(tenon.Read(file, $"--output={_workspace.At("runs")}", $"--training:steps={steps}").Recipe!);
    }

    private static ServiceProvider Services() => new ServiceCollection()
        .AddTenon().BuildServiceProvider();
}
