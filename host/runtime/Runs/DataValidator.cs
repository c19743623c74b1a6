using Tenon.Host.Data;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Events;
using Tenon.Host.Inference.Text;
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

/// <summary>Reads the data of a recipe as a run would, without training.</summary>
/// <param name="components">Creates the recipe's components.</param>
/// <param name="events">Receives progress.</param>
internal sealed class DataValidator(ComponentFactory components, RunEvents events)
{
    /// <summary>Reads every example once, and lets a model with the recipe's options collate it.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="stop">Cancels the work.</param>
    public DataReport Validate(Recipe recipe, CancellationToken stop)
    {
        using IOpenDevice device = new DeviceOpener(components).Open(recipe.Device);
        var models = new ModelOpener(components, device);
        using ComposedReward? reward = new RewardOpener(components).Open(recipe.Rewards, new RewardContext(recipe.BaseDirectory, models));
        events.ReportActivity("reading the data");
        OpenedData data;
        try
        {
            data = new DataOpener(components).Open(recipe, reward, models, new TextGenerator(), events, stop, keepsFaults: true);
        }
        catch (DataException fault)
        {
            return new DataReport(recipe.Data.Use, 0, 0, fault.Faults, []);
        }

        using (data)
        {
            ITokenizer? tokenizer = new RunTokenizer(components, events).Open(recipe, folder: null, data);
            Chosen<IArchitecture> architecture = components.Make<IArchitecture>(recipe.Model);
            object options = new ModelOptionsResolver(components).Resolve(recipe, architecture, ModelOptionsResolver.Facts(tokenizer, data.Facts));
            // Built without allocating memory: to collate, a model reads only its options.
            using IModel model = architecture.Component.Build(options, new BuildContext(torch.META, new Autocast()));
            var layout = new Artifacts.ModelLayout(architecture.Component.Describe(options), architecture.Component.WeightsFile);
            events.ReportActivity("checking the data");
            DataFindings findings = new CheckedData(data, DataPolicy.Of(recipe.Data), events).Find(
                model, tokenizer, layout.Fingerprint, [Split.Train, Split.Validation], stop);
            return new DataReport(
                data.Facts.Summary,
                data.TrainCount - findings.Unusable.Count(example => example.Split == Split.Train),
                data.ValidationCount - findings.Unusable.Count(example => example.Split == Split.Validation),
                [.. data.Rejected, .. findings.Unusable.Select(DataFindings.Fault)],
                [.. data.Facts.Notes, .. findings.Notes()]);
        }
    }
}
