using System.ComponentModel.DataAnnotations;
using Tenon.Host.Data;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Metadata;
using Tenon.Host.Recipes;
using Tenon.Host.Training;

namespace Tenon.Host.Runs;

/// <summary>What a strategy requires of the opened model and data, checked before the run's folder is created.</summary>
internal static class StrategyRequirements
{
    /// <summary>Checks all requirements and reports all violations together.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="strategy">Its strategy.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The tokenizer, or null.</param>
    /// <param name="data">The data.</param>
    /// <exception cref="RecipeException">A requirement is not met.</exception>
    public static void Check(Recipe recipe, Chosen<IStrategy> strategy, IModel model, ITokenizer? tokenizer, RunData data)
    {
        string source = recipe.File ?? "recipe";
        List<RecipeFinding> findings = [];
        foreach (ValidationResult error in strategy.Component.Validate(strategy.Options, model, tokenizer, data))
        {
            string keys = string.Join(", ", error.MemberNames.Select(member => $"strategy:{OptionsReader.Key(member)}").DefaultIfEmpty("strategy"));
            findings.Add(new RecipeFinding(source, null, keys, null, null, null, error.ErrorMessage ?? ""));
        }

        if (strategy.Options is SelectionOptions selection
            && Selection.Error(selection, Capability.ClassesOf(model).Count > 0, data.HasValidation) is { } unselectable)
        {
            findings.Add(new RecipeFinding(source, null, "strategy", null, null, null, unselectable));
        }

        if (findings.Count > 0)
            throw new RecipeException(findings);
    }
}
