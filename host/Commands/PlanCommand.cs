using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Planning;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using Tenon.Host.Runs.Pipelines;

namespace Tenon.Cli.Commands;

/// <summary>
/// <c>tenon plan</c>: reports what a run needs, without allocating anything, on this machine or with <c>--cluster</c> on a cluster.
/// </summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string?> recipe = Session.RecipeArgument();
        var options = new PlanOptions();
        var command = new Command(
            "plan", "Shows the plugins, parameters, memory and operations of a recipe, or of each stage of a pipeline, without running " +
            "it; with --cluster, how long training takes on a cluster, what it costs, and how to divide it among GPUs.")
        {
            recipe, Session.Settings("Keys of the recipe, such as --model:layers 12 (values in the recipe override those of a preset)."),
            session.Json,
        };
        options.AddTo(command);
        command.SetAction(result =>
        {
            bool json = result.GetValue(session.Json);
            if (result.GetValue(options.Published))
                return Alone(session, result, recipe, _ => Published(session, json, options, result));
            if (result.GetValue(options.ComputeOptimal) is { } flop)
            {
                return Alone(session, result, recipe, _ => Tell(
                    session, json, ScalingLaws.All(flop), (console, sizes) => PublishedDisplay.Show(console, flop, sizes)));
            }

            return session.WithRecipe(
                result.GetValue(recipe), session.SettingsOf(result), result.GetValue(session.Plugins),
                (host, checkedRecipe) => options.Request(result) is { } request
                    ? ClusterPlanning.Run(session, json, host, checkedRecipe, request, options, result)
                    : Tell(session, json, host.Plan(checkedRecipe), Show),
                (host, pipeline) => options.Request(result) is null ? Tell(session, json, host.Plan(pipeline), Show)
                    : session.Refuse($"--cluster plans one recipe, and '{pipeline.Name}' is a pipeline. Plan the recipe of a stage."));
        });
        return command;
    }

    private static int Published(Session session, bool json, PlanOptions options, ParseResult result)
    {
        int code = Tell(session, json, TenonHost.ComparePublished(), PublishedDisplay.Show);
        if (options.Pictures(result) is { } folder)
            ClusterPlanning.DrawPublished(session, json, options.Price(result), folder);
        return code;
    }

    private static int Alone(Session session, ParseResult result, Argument<string?> recipe, Func<TenonHost, int> act) =>
        result.GetValue(recipe) is { } given
            ? session.Refuse($"--published and --compute-optimal take no recipe; found '{given}'.")
            : session.Guard(result.GetValue(session.Plugins), act);

    /// <summary>Shows a plan, or with --json writes it.</summary>
    /// <param name="session">The state that all commands share.</param>
    /// <param name="json">Whether JSON is requested.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="show">Shows it.</param>
    internal static int Tell<TPlan>(Session session, bool json, TPlan plan, Action<IAnsiConsole, TPlan> show)
    {
        if (json)
            session.Line(JsonSerializer.Serialize(plan, Json));
        else
            show(session.Console, plan);
        return ExitCode.Done;
    }

    private static void Show(IAnsiConsole console, PipelinePlan plan)
    {
        Table table = Terminal.Table("stage", "model", "strategy", "starts from", "parameters", "memory", "training data", "FLOP")
            .Title(PrintableText.Escape($"plan of {plan.Name}"));
        foreach (StagePlan stage in plan.Stages)
        {
            string from = string.Join(", ", stage.StartsFrom.Select(reference => $"{reference.Stage} ({reference.Key})"));
            if (stage.Plan is not { } known)
            {
                table.AddTexts(stage.Stage, "known when the stage starts", "", from, "", "", "", "");
                continue;
            }

            table.AddTexts(
                stage.Stage, Component(known, ComponentKind.Architecture), Component(known, ComponentKind.Strategy), from,
                known.Parameters.ToString("N0", CultureInfo.InvariantCulture), TextFormat.Bytes(known.TotalBytes),
                known is { Units: { } units, Unit: { } unit } ? string.Create(CultureInfo.InvariantCulture, $"{units:N0} {unit}s") : "",
                known.Flop?.ToString("0.###E+0", CultureInfo.InvariantCulture) ?? "");
        }

        console.WriteTable(table);
        console.Text().WriteLine("Memory is per stage and excludes samples and reward models that an earlier stage trains.");

        static string Component(RunPlan plan, ComponentKind kind) => plan.Components.First(part => part.Kind == kind.Name).Name;
    }

    private static void Show(IAnsiConsole console, RunPlan plan)
    {
        var parts = new Table().Border(TableBorder.Rounded).Title(PrintableText.Escape($"plan of {plan.Name}"))
            .AddColumn("kind").AddColumn("component").AddColumn("plugin").AddColumn("version").AddColumn("sha-256");
        foreach (PlannedComponent part in plan.Components)
            parts.AddRow(part.Kind, part.Name, part.Plugin, part.Version, part.Sha256[..12]);
        console.WriteTable(parts);

        var sizes = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned());
        sizes.AddRow("parameters", plan.Parameters.ToString("N0", CultureInfo.InvariantCulture));
        sizes.AddRow(
            plan.BaseWeights is { } format ? $"weights ({format.ToString().ToLowerInvariant()})" : "weights",
            TextFormat.Bytes(plan.WeightBytes));
        sizes.AddRow("gradients", TextFormat.Bytes(plan.GradientBytes));
        sizes.AddRow($"optimizer state ({OptimizerOptions.Spelling(plan.Optimizer)})", TextFormat.Bytes(plan.OptimizerBytes));
        if (plan.AverageBytes > 0)
            sizes.AddRow("averaged parameters", TextFormat.Bytes(plan.AverageBytes));
        if (plan.BestBytes > 0)
            sizes.AddRow("best weights", TextFormat.Bytes(plan.BestBytes));
        if (plan.ReferenceBytes > 0)
            sizes.AddRow("reference model", TextFormat.Bytes(plan.ReferenceBytes));
        if (plan.RewardBytes > 0)
            sizes.AddRow("reward models", TextFormat.Bytes(plan.RewardBytes));
        if (plan.KeptActivationBytes is { } kept)
            sizes.AddRow("activations of a forward pass", TextFormat.Bytes(kept) + Counted(kept));
        if (plan.CheckpointedActivationBytes is { } checkpointed)
            sizes.AddRow("with activation checkpointing", TextFormat.Bytes(checkpointed) + Counted(checkpointed));
        sizes.AddRow("total", TextFormat.Bytes(plan.TotalBytes));
        if (plan is { Unit: { } counted, MultiplyAddsPerUnit: { } multiplyAdds })
            sizes.AddRow($"multiply-adds per {counted}", multiplyAdds.ToString("0.###E+0", CultureInfo.InvariantCulture));
        if (plan is { Unit: { } unit, FlopPerUnit: { } flop, UnitsPerStep: { } step, Units: { } units, Flop: { } all })
        {
            sizes.AddRow($"training FLOP per {unit}", flop.ToString("0.###E+0", CultureInfo.InvariantCulture));
            sizes.AddRow($"{unit}s per step", step.ToString("N0", CultureInfo.InvariantCulture));
            sizes.AddRow($"{unit}s in total", units.ToString("N0", CultureInfo.InvariantCulture));
            sizes.AddRow("FLOP in total", all.ToString("0.###E+0", CultureInfo.InvariantCulture));
        }

        console.WriteTable(sizes);

        // Two rows show alternatives; one of them is part of the total.
        string Counted(long bytes) =>
            plan.CheckpointedActivationBytes is not null && bytes != plan.ActivationBytes ? " (not in this recipe)" : "";
    }
}
