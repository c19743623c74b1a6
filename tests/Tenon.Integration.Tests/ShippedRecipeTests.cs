using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tenon.Integration.Tests;

/// <summary>The recipes that ship with the program.</summary>
[Collection(InOneProcess.Name)]
public sealed partial class ShippedRecipeTests : IDisposable
{
    // These start from the folder of another run, or are several runs.
    private static readonly string[] Continuing =
    [
        "chat-lora", "grpo-arithmetic", "mae-fashion", "priming-sentiment",
        "rlhf", "rlhf-dpo", "rlhf-online-dpo", "rlhf-ppo", "rlhf-reward", "rlhf-sft",
    ];

    private readonly Workspace _workspace = new();

    /// <summary>The names of those that start from nothing.</summary>
    public static TheoryData<string> Names =>
    [
        .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "recipes"), "*.json")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Except(Continuing).Order(StringComparer.Ordinal),
    ];

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_plan_counts_the_parameters_of_the_run(string recipe)
    {
        ProgramResult plan = InProcess.Run(_workspace.Folder, "plan", recipe, "--json");
        ProgramResult run = InProcess.Run(
            _workspace.Folder, "run", recipe, "--training:steps", "1", "--training:batchSize", "1", "--validation:share", "0",
            "--device:threads", "1");

        plan.ExitCode.Should().Be(0, plan.All);
        run.ExitCode.Should().Be(0, run.All);
        Parameters(plan).Should().Be(Parameters(run));
    }

    /// <summary>What a plan as JSON or the output of a run says.</summary>
    internal static long Parameters(ProgramResult result) => result.Output.StartsWith('{')
        ? JsonNode.Parse(result.Output)!["parameters"]!.GetValue<long>()
        : long.Parse(Said().Match(result.Output).Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"model\s+\S+, ([\d,]+) parameters")]
    private static partial Regex Said();
}
