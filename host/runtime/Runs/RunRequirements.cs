using System.ComponentModel.DataAnnotations;
using Tenon.Host.Data;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Metadata;
using Tenon.Host.Recipes;
using Tenon.Host.Training;

namespace Tenon.Host.Runs;

/// <summary>
/// Requirements of the strategy and the samples on the opened model and data, checked before the run's folder is created.
/// </summary>
internal static class RunRequirements
{
    /// <summary>Checks all requirements and reports all violations together.</summary>
    /// <param name="recipe">The run's recipe.</param>
    /// <param name="strategy">Its strategy.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The tokenizer, or null.</param>
    /// <param name="data">The data.</param>
    /// <param name="refusal">Why the data cannot be used, which is reported with what else is wrong; null if it can.</param>
    /// <exception cref="RecipeException">A requirement is not met.</exception>
    public static void Check(
        Recipe recipe, Chosen<IStrategy> strategy, IModel model, ITokenizer? tokenizer, RunData data, RecipeFinding? refusal)
    {
        string source = recipe.File ?? "recipe";
        List<RecipeFinding> findings = [];
        foreach (ValidationResult error in strategy.Component.Validate(strategy.Options, model, tokenizer, data))
        {
            string keys = string.Join(", ", error.MemberNames.Select(member => $"strategy:{OptionsReader.Key(member)}")
                .DefaultIfEmpty("strategy"));
            findings.Add(new RecipeFinding(source, null, keys, null, null, null, error.ErrorMessage ?? ""));
        }

        if (strategy.Options is SelectionOptions selection
            && Selection.Error(selection, Capability.ClassesOf(model).Count > 0, data.HasValidation) is { } unselectable)
        {
            findings.Add(new RecipeFinding(source, null, "strategy", null, null, null, unselectable));
        }

        foreach ((string key, string message) in OfSamples(recipe, model, tokenizer))
            findings.Add(new RecipeFinding(source, null, key, null, null, null, message));
        if (findings.Count == 0)
            return;
        if (refusal is not null)
            findings.Add(refusal);
        throw new RecipeException(findings);
    }

    private static IEnumerable<(string Key, string Message)> OfSamples(Recipe recipe, IModel model, ITokenizer? tokenizer)
    {
        IReadOnlyList<string> prompts = recipe.Samples.Prompts ?? [];
        if (prompts.Count == 0)
            yield break;
        if (tokenizer is null || !Capability.Of(model).Any(capability => capability.Samples == SampleKind.Texts))
        {
            yield return ("samples:prompts", $"is set, but the model '{recipe.Model.Use}' does not generate text" +
                $"{(tokenizer is null ? " without a tokenizer" : "")}. " +
                "Remove samples:prompts, or choose a causal language model and a tokenizer.");
            yield break;
        }

        foreach ((int index, string prompt) in prompts.Index())
        {
            if (TextGenerator.PromptError(prompt, (ICausalLanguageModel)model, tokenizer) is { } error)
                yield return ($"samples:prompts:{index}", $"{error} Alternatively, raise the model's context length.");
        }
    }
}
