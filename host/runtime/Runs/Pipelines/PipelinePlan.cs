using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>Requirements of a stage.</summary>
/// <param name="Stage">Name of the stage.</param>
/// <param name="StartsFrom">Its references to earlier stages.</param>
/// <param name="Plan">The plan of its run; null if it depends on what an earlier stage writes.</param>
public sealed record StagePlan(string Stage, IReadOnlyList<StageReference> StartsFrom, RunPlan? Plan);

/// <summary>Requirements of a pipeline, computed without allocating anything.</summary>
/// <param name="Name">Name of the pipeline.</param>
/// <param name="Stages">The stages in order.</param>
public sealed record PipelinePlan(string Name, IReadOnlyList<StagePlan> Stages);

/// <summary>Plans pipelines: a stage starts from the model that an earlier stage's plan describes.</summary>
/// <param name="components">Creates the components of the stages' recipes.</param>
internal sealed class PipelinePlanner(ComponentFactory components)
{
    /// <summary>Returns the plan of a pipeline.</summary>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <exception cref="RecipeException">The options of a stage contradict each other.</exception>
    public PipelinePlan Plan(Pipeline pipeline)
    {
        // No folder is created or read, because a run would use a new folder.
        string folder = Path.GetFullPath(Path.Combine(pipeline.Output, pipeline.Name));
        var planner = new Planner(components);
        var models = new Dictionary<string, PlannedModel>(StringComparer.Ordinal);
        List<StagePlan> plans = [];
        foreach (PipelineStage stage in pipeline.Stages)
        {
            Recipe recipe = stage.In(folder);
            string? from = stage.References.FirstOrDefault(reference => reference.IsModel)?.Stage;
            bool isKnown = (from is null || models.ContainsKey(from))
                && !HasReference("tokenizer") && !(planner.Opens(recipe) && HasReference("data"));
            (RunPlan Plan, PlannedModel Model)? planned = isKnown ? planner.Plan(recipe, from is null ? null : models[from]) : null;
            if (planned is { } known)
                models[stage.Name] = known.Model;
            plans.Add(new StagePlan(stage.Name, stage.References, planned?.Plan));

            bool HasReference(string section) => stage.References.Any(
                reference => RecipeKeys.First(reference.Key).Equals(section, StringComparison.OrdinalIgnoreCase));
        }

        return new PipelinePlan(pipeline.Name, plans);
    }
}
