using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tenon.Host.Presentation;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

namespace Tenon.Host.Commands;

/// <summary><c>tenon plan</c>: what a run needs, before anything is allocated.</summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string?> recipe = Session.RecipeArgument();
        var command = new Command("plan", "Shows plugins, parameters, memory and operations of a recipe without running it. Settings may follow: --model:layers 12 (what a recipe sets goes before a preset)")
        {
            recipe, session.Json,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(result => session.WithRecipe(
            result.GetValue(recipe), session.SettingsOf(result), result.GetValue(session.Plugins), (checkedRecipe, components) =>
            {
                RunPlan plan = new Planner(components).Plan(checkedRecipe);
                if (result.GetValue(session.Json))
                    session.Console.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(plan, Json));
                else
                    Show(session.Console, plan);
                return ExitCode.Done;
            }));
        return command;
    }

    private static void Show(IAnsiConsole console, RunPlan plan)
    {
        var parts = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"plan of {plan.Name}"))
            .AddColumn("kind").AddColumn("component").AddColumn("plugin").AddColumn("version").AddColumn("sha-256");
        foreach (PlannedComponent part in plan.Components)
            parts.AddRow(part.Kind, part.Name, part.Plugin, part.Version, part.Sha256[..12]);
        console.Write(parts);

        var sizes = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned());
        sizes.AddRow("parameters", plan.Parameters.ToString("N0", CultureInfo.InvariantCulture));
        sizes.AddRow("weights", Wording.Bytes(plan.WeightBytes));
        sizes.AddRow("gradients", Wording.Bytes(plan.GradientBytes));
        sizes.AddRow($"optimizer state ({OptimizerOptions.Spelling(plan.Optimizer)})", Wording.Bytes(plan.OptimizerBytes));
        if (plan.AverageBytes > 0)
            sizes.AddRow("averaged parameters", Wording.Bytes(plan.AverageBytes));
        if (plan.KeptActivationBytes is { } kept)
            sizes.AddRow("activations of a forward pass", Wording.Bytes(kept) + Counted(kept));
        if (plan.CheckpointedActivationBytes is { } checkpointed)
            sizes.AddRow("the same with activation checkpointing", Wording.Bytes(checkpointed) + Counted(checkpointed));
        sizes.AddRow("all together", Wording.Bytes(plan.TotalBytes));
        if (plan is { Unit: { } unit, FlopPerUnit: { } flop, UnitsPerStep: { } step, Units: { } units, Flop: { } all })
        {
            sizes.AddRow($"FLOP to train on one {unit}", flop.ToString("0.###E+0", CultureInfo.InvariantCulture));
            sizes.AddRow($"{unit}s in a step", step.ToString("N0", CultureInfo.InvariantCulture));
            sizes.AddRow($"{unit}s in the run", units.ToString("N0", CultureInfo.InvariantCulture));
            sizes.AddRow("FLOP of the run", all.ToString("0.###E+0", CultureInfo.InvariantCulture));
        }

        console.Write(sizes);

        // Two rows say what could be; one of them is part of the sum.
        string Counted(long bytes) => plan.CheckpointedActivationBytes is not null && bytes != plan.ActivationBytes ? " (not in this recipe)" : "";
    }
}
