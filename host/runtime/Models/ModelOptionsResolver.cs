using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Models;

/// <summary>Resolves the options of a recipe's model, in the same way for a plan and for a run.</summary>
/// <param name="components">Creates the recipe's components.</param>
internal sealed class ModelOptionsResolver(ComponentFactory components)
{
    /// <summary>Resolves the options.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="facts">Facts about tokenizer and data.</param>
    /// <param name="start">The starting model's configuration if its folder does not exist yet; null to read the folder.</param>
    /// <exception cref="RecipeException">The options contradict each other or the facts.</exception>
    /// <exception cref="ModelException">The folder that the model starts from is not a model folder.</exception>
    public object Resolve(Recipe recipe, Chosen<IArchitecture> architecture, ModelFacts facts, ModelConfiguration? start = null)
    {
        object options = architecture.Options;
        // If the strategy reads the examples itself, it also handles their classes, and the model needs no head for them.
        if (components.Find(recipe.Strategy).Reads.Count > 0)
            facts = facts with { Data = facts.Data with { Labels = [] } };
        // If the folder is not a model folder, that is not an error in the recipe.
        ModelConfiguration? folder = Folder(recipe, start);
        if (folder is not null)
        {
            facts = facts with
            {
                SetOptions = recipe.Model.Options.GetChildren().Where(option => option.Exists()).Select(option => option.Key)
                    .ToHashSet(StringComparer.OrdinalIgnoreCase),
            };
        }

        try
        {
            if (folder is not null)
                options = new FolderOptions(architecture.Component, recipe.From!, facts).Apply(folder, recipe.Model.Options);
            return architecture.Component.Resolve(options, facts);
        }
        catch (ModelException cause)
        {
            throw new RecipeException("model", recipe.File, cause);
        }
    }

    /// <summary>
    /// Returns the configuration files of the recipe's model, with the ids that end the texts of the folder that it starts from.
    /// </summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="options">The architecture's options, resolved.</param>
    /// <param name="start">
    /// The configuration that the model starts from, if its folder does not exist yet; null to read the folder's.
    /// </param>
    public ModelConfiguration Describe(Recipe recipe, IArchitecture architecture, object options, ModelConfiguration? start = null) =>
        EndOfTextIds.Keep(architecture.Describe(options), Folder(recipe, start));

    /// <summary>Returns the tokenizer of the recipe's starting model; null without a starting model or if it has no tokenizer.</summary>
    /// <param name="recipe">A checked recipe.</param>
    public ITokenizer? TokenizerOfModel(Recipe recipe) =>
        recipe.From is { } from ? new ModelFolderOpener(components).FindTokenizer(from) : null;

    private ModelConfiguration? Folder(Recipe recipe, ModelConfiguration? start) =>
        recipe.From is { } path ? start ?? new ModelFolderOpener(components).Describe(path).Configuration : null;

    /// <summary>Facts about a tokenizer and data.</summary>
    /// <param name="tokenizer">The tokenizer, or null.</param>
    /// <param name="data">Facts about the data.</param>
    public static ModelFacts Facts(ITokenizer? tokenizer, DataFacts data) =>
        new(tokenizer?.VocabularySize, tokenizer?.Special ?? new SpecialTokens(), data);
}
