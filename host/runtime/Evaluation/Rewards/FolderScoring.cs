using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Recipes;

namespace Tenon.Host.Evaluation.Rewards;

/// <summary>Scores the texts of an opened model with a reward and, for the KL divergence, a reference model.</summary>
/// <param name="components">The available components.</param>
/// <param name="events">Receives progress.</param>
internal sealed class FolderScoring(ComponentFactory components, RunEvents events)
{
    /// <summary>Chooses a reward, so that an unknown name or an invalid setting is reported before a model is opened.</summary>
    /// <param name="name">Name of the reward.</param>
    /// <param name="settings">Its options as on the command line: <c>--reward:score=mean</c>.</param>
    /// <exception cref="OptionsException">No plugin provides the reward.</exception>
    /// <exception cref="RecipeException">A setting is invalid; the exception contains all findings.</exception>
    public ComponentChoice Choose(string name, IReadOnlyList<string> settings)
    {
        string[] known = [.. components.Catalogue.OfKind(ComponentKind.Reward).Select(reward => reward.Name)];
        return components.Catalogue.Find(ComponentKind.Reward, name) is { } reward
            ? ComponentSettings.Choose(reward, settings)
            : throw new OptionsException(
                $"Unknown reward '{name}'. Available: {string.Join(", ", known)}.{NearestName.Question(name, known)}");
    }

    /// <summary>Samples and scores texts.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="opened">The model.</param>
    /// <param name="reward">The reward.</param>
    /// <param name="reference">Folder of the reference model, with the same tokenizer; null for none.</param>
    /// <param name="options">Prompts and sampling.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="ModelException">A folder is not a model folder, or a model lacks a capability.</exception>
    /// <exception cref="DataException">No prompts are given, and the run's data has none.</exception>
    public ScoringReport Score(
        string folder, OpenedModel opened, ComponentChoice reward, string? reference, ScoringOptions options, CancellationToken stop)
    {
        IPolicy model = opened.As<IPolicy>("judge");
        var models = new ModelOpener(components, opened.Device, events);
        using ComposedReward scorer = new RewardOpener(components).Open([reward], new RewardContext(Environment.CurrentDirectory, models))!;
        using IOpenedModel? other = reference is null ? null : models.Open(reference);
        if (other is not null && (other.Model is not IPolicy || other.Tokenizer?.Fingerprint != opened.NeededTokenizer.Fingerprint))
            throw new ModelException(
                $"The model in '{reference}' cannot be the reference: it must be a language model with the same tokenizer.");
        IReadOnlyList<PromptExample> prompts = options.Prompts is { } given
            ? [.. given.Select(prompt => new PromptExample(prompt, ""))]
            : HeldOut(folder, opened.Device, stop);
        return new RewardScoring(model, opened.NeededTokenizer, opened.Device.Torch)
            .Score(prompts, scorer, other?.Model as IPolicy, options, events.ReportActivity, stop);
    }

    private PromptExample[] HeldOut(string folder, IOpenDevice device, CancellationToken stop)
    {
        (_, Recipe recipe) = StoredRecipe.Read(folder, components.Catalogue, overrides: null);
        using RecipeData read = RecipeData.Open(components, recipe, device, events, stop, withRewards: false);
        return read.Data.Examples<PromptExample>(Split.Validation) is { Count: > 0 } prompts
            ? [.. Enumerable.Range(0, (int)prompts.Count).Select(index => prompts[index])]
            : throw new DataException(
                $"The data '{recipe.Data.Use}' of the run in '{folder}' has no held-out prompts. Set --prompts to a file with one " +
                "prompt per line.");
    }
}
