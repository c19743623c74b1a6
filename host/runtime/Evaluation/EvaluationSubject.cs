using Tenon.Host.Artifacts;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Evaluation;

/// <summary>The model, data and options of an evaluation.</summary>
/// <param name="Folder">Folder of the model.</param>
/// <param name="Recipe">Its run's recipe, or one for a model folder without one; with the data that the user selects.</param>
/// <param name="Options">
/// The options. All examples are evaluated if the data is not the run's and does not define a split.
/// </param>
internal sealed record EvaluationSubject(RunFolder Folder, Recipe Recipe, EvaluationOptions Options)
{
    /// <summary>Determines what to evaluate.</summary>
    /// <param name="components">The available components.</param>
    /// <param name="folder">A run's folder, or a model folder.</param>
    /// <param name="options">The requested options.</param>
    /// <param name="overrides">Settings as on the command line; a model folder needs some that select data.</param>
    /// <exception cref="RecipeException">The folder's recipe or an override is invalid; the exception contains all findings.</exception>
    /// <exception cref="ModelException">The folder is not a model folder, or no data is selected for it.</exception>
    public static EvaluationSubject Of(
        ComponentFactory components, string folder, EvaluationOptions options, IReadOnlyList<string> overrides)
    {
        RunFolder opened = RunFolder.Open(folder);
        bool isRun = File.Exists(opened.Recipe) || PipelineFolder.Error(folder) is not null;
        var data = new NamedData(RecipeSettings.Joined(overrides));
        (RunFolder run, Recipe recipe) = isRun
            ? StoredRecipe.Read(folder, components.Catalogue, data.Settings)
            : (opened, new ModelFolderRecipe(components).Read(folder, data.Settings));
        bool isWhole = options is { Split: null, All: false } && (!isRun || data.IsNamed) && !data.HasValidation;
        return new EvaluationSubject(run, recipe, isWhole ? options with { All = true } : options);
    }
}
