using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;
using Tenon.Host.Runs;
using Tenon.Host.Runs.Pipelines;

namespace Tenon.Cli.Commands;

/// <summary>
/// <c>tenon validate</c>: reports all errors of a recipe at once, without running plugin code unless it also reads the data.
/// </summary>
internal static class ValidateCommand
{
    private static readonly JsonSerializerOptions Camel = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Creates the command.</summary>
    /// <param name="shared">The state that all commands share.</param>
    public static Command Create(Session shared)
    {
        Argument<string?> recipe = Session.RecipeArgument();
        var schema = new Option<string?>("--schema") { Description = "File for the JSON Schema of recipes, for editors." };
        var data = new Option<bool>("--data")
        {
            Description = "Also read every example once, and list all rows, files, images and prompts that cannot be used.",
        };
        var command = new Command(
            "validate", "Validates a recipe or all stages of a pipeline, and reports every error with file, line and key.")
        {
            recipe, Session.Settings("Keys of the recipe, such as --training:steps 100."), data, schema, shared.Json,
        };
        command.SetAction(result => shared.Guard(result.GetValue(shared.Plugins), host =>
        {
            string? schemaFile = result.GetValue(schema);
            if (schemaFile is not null)
            {
                File.WriteAllText(schemaFile, RecipeSchema.Write(host.Catalogue)
                    .ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
                shared.Line($"Wrote the JSON Schema of recipes to '{schemaFile}'.");
            }

            if (result.GetValue(recipe) is { } file)
                return Validate(shared, host, file, shared.SettingsOf(result), result.GetValue(shared.Json), result.GetValue(data));
            if (schemaFile is not null)
                return ExitCode.Done;
            shared.Line("Specify a recipe file, --schema FILE, or both.");
            return ExitCode.Invalid;
        }));
        return command;
    }

    private static int Validate(Session shared, TenonHost host, string file, IReadOnlyList<string> overrides, bool json, bool withData)
    {
        string path = ShippedRecipes.Find(file);
        if (PipelineReader.IsPipeline(path))
        {
            PipelineReading pipeline = host.ReadPipeline(path, overrides);
            return withData && pipeline.Pipeline is { } read
                ? ValidateData(shared, host, read, file, json) : Show(shared, file, pipeline.Findings, pipeline.Warnings, json);
        }

        RecipeReading recipe = host.Read(path, overrides);
        return withData && recipe.Recipe is { } valid
            ? ValidateData(shared, host, valid, file, json) : Show(shared, file, recipe.Findings, recipe.Warnings, json);
    }

    private static int Show(Session shared, string file, IReadOnlyList<RecipeFinding> findings, IReadOnlyList<RecipeFinding> warnings,
        bool json)
    {
        if (json)
            shared.Write(new JsonArray([.. findings.Concat(warnings).Select(f => JsonSerializer.SerializeToNode(f, Camel))]));
        else if (findings.Count == 0)
            shared.Line($"{file}: valid.");
        foreach (RecipeFinding finding in json ? [] : findings.Concat(warnings))
            shared.Line(finding.ToString());
        return findings.Count == 0 ? ExitCode.Done : ExitCode.Invalid;
    }

    private static int ValidateData(Session shared, TenonHost host, Recipe recipe, string file, bool json)
    {
        using var signal = new StopSignal();
        DataReport report = shared.WithProgress(progress => host.ValidateData(recipe, progress, signal.Token), quiet: json);
        if (json)
            shared.Write(JsonSerializer.SerializeToNode(report, Camel)!);
        else
            Show(shared, file, report);
        return report.Faults.Count == 0 ? ExitCode.Done : ExitCode.Invalid;
    }

    private static int ValidateData(Session shared, TenonHost host, Pipeline pipeline, string file, bool json)
    {
        using var signal = new StopSignal();
        IReadOnlyList<StageDataReport> reports =
            shared.WithProgress(progress => host.ValidateData(pipeline, progress, signal.Token), quiet: json);
        if (json)
            shared.Write(JsonSerializer.SerializeToNode(reports, Camel)!);
        foreach (StageDataReport stage in json ? [] : reports)
        {
            string name = $"{file}, stage '{stage.Stage}'";
            if (stage.Report is { } report)
                Show(shared, name, report);
            else
                shared.Line($"{name}: the data can be read only after {string.Join(" and ", stage.After.Select(after => $"'{after}'"))}.");
        }

        return reports.All(stage => stage.Report?.Faults is null or []) ? ExitCode.Done : ExitCode.Invalid;
    }

    private static void Show(Session shared, string name, DataReport report)
    {
        foreach (string line in report.Faults.Concat(report.Notes))
            shared.Line(line);
        shared.Line(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {report.Training:N0} training and {report.Validation:N0} validation examples are usable, " +
            $"{report.Faults.Count:N0} are not ({report.Data})."));
    }
}
