using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Models;

/// <summary>The options of a recipe's model, alike for a plan and for the run.</summary>
/// <param name="components">Makes the recipe's components.</param>
internal sealed class ModelOptionsResolver(ComponentFactory components)
{
    /// <summary>Resolves the options.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="facts">What is known of tokenizer and data.</param>
    /// <param name="start">The configuration that the model starts from, when its folder is not there yet; null: what the folder holds.</param>
    /// <exception cref="RecipeException">The options contradict each other or the facts.</exception>
    /// <exception cref="ModelException">The folder that the model starts from is no model folder.</exception>
    public object Resolve(Recipe recipe, Chosen<IArchitecture> architecture, ModelFacts facts, ModelConfiguration? start = null)
    {
        object options = architecture.Options;
        // Where the strategy reads the examples itself, their classes are its business and no head is made for them.
        if (components.Find(recipe.Strategy).Reads.Count > 0)
            facts = facts with { Data = facts.Data with { Labels = [] } };
        if (recipe.From is { } from)
        {
            // The folder decides the sizes; what the recipe sets besides is laid over them.
            options = architecture.Component.Read(start ?? new ModelFolderOpener(components).Describe(from).Configuration);
            recipe.Model.Options.Bind(options);
        }

        try
        {
            return architecture.Component.Resolve(options, facts);
        }
        catch (ModelException cause)
        {
            throw new RecipeException("model", recipe.File, cause);
        }
    }

    /// <summary>The tokenizer that comes with the model that a recipe starts from; null when it starts from none, or that has none.</summary>
    /// <param name="recipe">A checked recipe.</param>
    public ITokenizer? TokenizerOfModel(Recipe recipe) => recipe.From is { } from ? new ModelFolderOpener(components).FindTokenizer(from) : null;

    /// <summary>Facts of a tokenizer and of data.</summary>
    /// <param name="tokenizer">The tokenizer, or null.</param>
    /// <param name="data">The data's.</param>
    public static ModelFacts Facts(ITokenizer? tokenizer, DataFacts data) =>
        new(tokenizer?.VocabularySize, tokenizer?.Special ?? new SpecialTokens(), data);
}
