using Tenon.Host.Data;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Events;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Evaluation;

/// <summary>
/// A recipe's data and rewards, which are opened together because some data is ranked by a reward; and the check of the data
/// before its first use. Owns both.
/// </summary>
internal sealed class RecipeData : IDisposable
{
    private readonly Recipe _recipe;
    private readonly CheckedData _checks;
    private readonly RunEvents _events;

    private RecipeData(Recipe recipe, ComposedReward? reward, OpenedData data, RunEvents events)
    {
        (_recipe, Reward, Data, _events) = (recipe, reward, data, events);
        _checks = new CheckedData(data, DataPolicy.Of(recipe.Data), events);
    }

    /// <summary>The recipe's rewards, or null.</summary>
    public ComposedReward? Reward { get; }

    /// <summary>The data.</summary>
    public OpenedData Data { get; }

    /// <summary>Opens rewards and data. The caller disposes the result.</summary>
    /// <param name="components">Makes the recipe's components.</param>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="device">Device of further models.</param>
    /// <param name="events">Receives progress and warnings.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <param name="withRewards">Whether to open rewards that the data does not need.</param>
    /// <exception cref="DataException">The data is missing, or no example of it is usable.</exception>
    public static RecipeData Open(
        ComponentFactory components, Recipe recipe, IOpenDevice device, RunEvents events, CancellationToken stop, bool withRewards = true)
    {
        var models = new ModelOpener(components, device, events);
        bool opensRewards = withRewards || components.Find(recipe.Data).NeedsReward;
        ComposedReward? reward = opensRewards
            ? new RewardOpener(components).Open(recipe.Rewards, new RewardContext(recipe.BaseDirectory, models)) : null;
        try
        {
            events.ReportActivity("reading the data");
            OpenedData data = new DataOpener(components).Open(recipe, reward, models, new TextGenerator(), events, stop);
            return new RecipeData(recipe, reward, data, events);
        }
        catch
        {
            reward?.Dispose();
            throw;
        }
    }

    /// <summary>Reads every example of some splits, and lets a model collate it. The findings are not applied.</summary>
    /// <param name="model">Collates the examples.</param>
    /// <param name="tokenizer">Its tokenizer, or null.</param>
    /// <param name="configuration">The model's configuration files.</param>
    /// <param name="splits">The splits that will be used.</param>
    /// <param name="stop">Cancels the work.</param>
    public DataFindings Find(
        IModel model, ITokenizer? tokenizer, ModelConfiguration configuration, IReadOnlyList<Split> splits, CancellationToken stop)
    {
        _events.ReportActivity("checking the data");
        string options = CacheFolder.Fingerprint(configuration.Files.SelectMany(file => new[] { file.Key, file.Value.ToJsonString() }));
        return _checks.Find(model, tokenizer, options, splits, stop);
    }

    /// <summary>Returns why the recipe's policy rejects the data, as a finding to list with others; null if it does not.</summary>
    /// <param name="findings">The result of <see cref="Find"/>.</param>
    public RecipeFinding? Refusal(DataFindings findings) => _checks.Refusal(findings) is { } refusal
        ? new RecipeFinding(_recipe.File ?? "recipe", null, "data", null, null, null, refusal.Message) : null;

    /// <summary>
    /// Performs a step that depends on the data. If it fails, rejected examples are reported as well, because their absence may be
    /// the cause.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <exception cref="RecipeException">The step failed.</exception>
    public T Using<T>(Func<T> step)
    {
        try
        {
            return step();
        }
        catch (RecipeException failure) when (Refusal(new DataFindings()) is { } rejected)
        {
            throw new RecipeException([.. failure.Findings, rejected]);
        }
    }

    /// <summary>Skips the examples that cannot be used, and reports them.</summary>
    /// <param name="findings">The result of <see cref="Find"/>.</param>
    /// <exception cref="DataException">The recipe's policy does not skip them, or none remain.</exception>
    public void Apply(DataFindings findings) => _checks.Apply(findings);

    /// <summary>Disposes data and rewards.</summary>
    public void Dispose()
    {
        Data.Dispose();
        Reward?.Dispose();
    }
}
