using Tenon.Host.Events;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>The result of reading a stage's data.</summary>
/// <param name="Stage">Name of the stage.</param>
/// <param name="Report">The findings; null if the data can be read only after other stages.</param>
/// <param name="After">The earlier stages whose results are needed to read the data; empty if it was read.</param>
public sealed record StageDataReport(string Stage, DataReport? Report, IReadOnlyList<string> After);

/// <summary>
/// Reads the data of a pipeline's stages as their runs would, except data that depends on the result of an earlier stage.
/// </summary>
/// <param name="components">Makes the components of the stages' recipes.</param>
/// <param name="events">Receives progress.</param>
internal sealed class PipelineDataValidator(ComponentFactory components, RunEvents events)
{
    /// <summary>Reads every example of each stage once, and lets a model of the stage's options collate it.</summary>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <param name="stop">Cancels the work.</param>
    public IReadOnlyList<StageDataReport> Validate(Pipeline pipeline, CancellationToken stop)
    {
        // No folder is created or read: a run's folder would be new.
        string folder = Path.GetFullPath(Path.Combine(pipeline.Output, pipeline.Name));
        var validator = new DataValidator(components, events);
        var models = new Dictionary<string, FutureModel>(StringComparer.Ordinal);
        List<StageDataReport> reports = [];
        foreach (PipelineStage stage in pipeline.Stages)
        {
            Recipe recipe = stage.In(folder);
            string? from = stage.References.FirstOrDefault(reference => reference.IsModel)?.Stage;
            string[] after = [.. stage.References.Where(reference => IsNeeded(recipe, reference, models))
                .Select(reference => reference.Stage).Distinct()];
            if (after.Length > 0)
            {
                reports.Add(new StageDataReport(stage.Name, null, after));
                continue;
            }

            (DataReport report, FutureModel? model) = validator.Validate(recipe, stop, from is null ? null : models[from]);
            if (model is not null)
                models[stage.Name] = model;
            reports.Add(new StageDataReport(stage.Name, report, []));
        }

        return reports;
    }

    // The model that a stage starts from is known if its data is; other results of stages only exist later.
    private bool IsNeeded(Recipe recipe, StageReference reference, Dictionary<string, FutureModel> models) =>
        RecipeKeys.First(reference.Key).ToLowerInvariant() switch
        {
            "model" => !(reference.IsModel && models.ContainsKey(reference.Stage)),
            "tokenizer" or "data" => true,
            "reward" => components.Find(recipe.Data).NeedsReward,
            _ => false,
        };
}
