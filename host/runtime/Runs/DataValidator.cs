using Tenon.Host.Data;
using Tenon.Host.Evaluation;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using TorchSharp;

namespace Tenon.Host.Runs;

/// <summary>The results of reading a recipe's data.</summary>
/// <param name="Data">Summary of the data.</param>
/// <param name="Training">Usable training examples.</param>
/// <param name="Validation">Usable validation examples.</param>
/// <param name="Faults">Every row, file, image or prompt that cannot be used, as a sentence with its location.</param>
/// <param name="Notes">Further notes for the user, as sentences.</param>
public sealed record DataReport(string Data, long Training, long Validation, IReadOnlyList<string> Faults, IReadOnlyList<string> Notes);

/// <summary>A model that a recipe's run would create, as far as other recipes need it.</summary>
/// <param name="Configuration">The configuration files of its folder.</param>
/// <param name="Tokenizer">Its tokenizer, or null.</param>
internal sealed record FutureModel(ModelConfiguration Configuration, ITokenizer? Tokenizer);

/// <summary>Reads the data of a recipe as a run would, without training.</summary>
/// <param name="components">Creates the recipe's components.</param>
/// <param name="events">Receives progress.</param>
internal sealed class DataValidator(ComponentFactory components, RunEvents events)
{
    /// <summary>Reads every example once, and lets a model with the recipe's options collate it.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <param name="start">The model that the recipe starts from, if its folder does not exist yet; otherwise null.</param>
    /// <returns>The findings and the model; the model is null if the data cannot be opened.</returns>
    public (DataReport Report, FutureModel? Model) Validate(Recipe recipe, CancellationToken stop, FutureModel? start = null)
    {
        using IOpenDevice device = new DeviceOpener(components).Open(recipe.Device);
        RecipeData opened;
        try
        {
            opened = RecipeData.Open(components, recipe, device, events, stop, withRewards: false);
        }
        catch (DataException fault)
        {
            return (new DataReport(recipe.Data.Use, 0, 0, fault.Faults, []), null);
        }

        using (opened)
        {
            OpenedData data = opened.Data;
            ITokenizer? tokenizer = start?.Tokenizer is { } given
                ? data.WithChatTemplate(given) : new RunTokenizer(components, events).Open(recipe, folder: null, data);
            Chosen<IArchitecture> architecture = components.Make<IArchitecture>(recipe.Model);
            var resolver = new ModelOptionsResolver(components);
            ModelFacts facts = ModelOptionsResolver.Facts(tokenizer, data.Facts);
            object options = opened.Using(() => resolver.Resolve(recipe, architecture, facts, start?.Configuration));
            // Built without allocating memory: to collate, a model reads only its options.
            using IModel model = architecture.Component.Build(options, new BuildContext(torch.META, new Autocast()));
            ModelConfiguration configuration = resolver.Describe(recipe, architecture.Component, options, start?.Configuration);
            DataFindings findings = opened.Find(model, tokenizer, configuration, [Split.Train, Split.Validation], stop);
            var report = new DataReport(
                data.Facts.Summary,
                data.TrainCount - findings.Unusable.Count(example => example.Split == Split.Train),
                data.ValidationCount - findings.Unusable.Count(example => example.Split == Split.Validation),
                [.. data.Rejected, .. findings.Unusable.Select(DataFindings.Fault)],
                [.. data.Facts.Notes, .. findings.Notes()]);
            return (report, new FutureModel(configuration, tokenizer));
        }
    }
}
