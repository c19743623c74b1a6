using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs;

/// <summary>Opens or creates the tokenizer of a run.</summary>
/// <param name="components">Creates the recipe's tokenizer.</param>
/// <param name="events">Receives progress.</param>
internal sealed class RunTokenizer(ComponentFactory components, RunEvents events)
{
    /// <summary>
    /// Opens the tokenizer of a run. A resumed run keeps its tokenizer. A model that starts from a folder uses the tokenizer that
    /// its embeddings belong to. Otherwise, the recipe's tokenizer is created. Data with conversations adds its chat template.
    /// </summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="folder">The folder of a resumed run; null for a new run.</param>
    /// <param name="data">Training data for a new tokenizer.</param>
    /// <returns>Null if neither the recipe nor the model has one.</returns>
    public ITokenizer? Open(Recipe recipe, RunFolder? folder, OpenedData data) => data.WithChatTemplate(Find(recipe, folder, data));

    private ITokenizer? Find(Recipe recipe, RunFolder? folder, OpenedData data)
    {
        if (folder is not null && new ModelFolderOpener(components).FindTokenizer(folder.Path) is { } saved)
            return Reported(saved, recipe.Tokenizer?.Use ?? $"of '{recipe.From}'");
        if (new ModelOptionsResolver(components).TokenizerOfModel(recipe) is { } ofModel)
        {
            string unused = recipe.Tokenizer is { } other ? $", which the model was trained with; '{other.Use}' is not used" : "";
            return Reported(ofModel, $"of '{recipe.From}'{unused}");
        }

        if (recipe.Tokenizer is not { } choice)
            return null;
        events.ReportActivity("creating the tokenizer");
        Chosen<ITokenizerFactory> tokenizer = components.Make<ITokenizerFactory>(choice);
        var context = new TokenizerContext(recipe.BaseDirectory, data.TrainingTexts, events.ReportActivity);
        return Reported(tokenizer.Component.Create(tokenizer.Options, context), choice.Use);
    }

    private ITokenizer Reported(ITokenizer opened, string origin)
    {
        events.Publish(new PartReady("tokenizer", $"{origin}, {opened.VocabularySize:N0} ids"));
        return opened;
    }
}
