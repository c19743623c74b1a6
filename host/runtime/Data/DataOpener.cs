using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Data;

/// <summary>Opens the data of a recipe: the same recipe and seed give the same split.</summary>
/// <param name="components">Creates the data component.</param>
internal sealed class DataOpener(ComponentFactory components)
{
    /// <summary>Opens the data. The caller disposes it.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="reward">The recipe's rewards, or null.</param>
    /// <param name="models">Opens model folders.</param>
    /// <param name="generator">Generates text for data that is created by a model.</param>
    /// <param name="doing">Receives a description of the current work.</param>
    /// <param name="stop">Cancels opening and tokenizing.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="DataException">The data is missing, empty or malformed.</exception>
    public OpenedData Open(Recipe recipe, IReward? reward, IModelOpener models, ITextGenerator generator, Action<string> doing, CancellationToken stop)
    {
        Chosen<IData> data = components.Make<IData>(recipe.Data);
        var own = new SeededRandom((ulong)recipe.Seed);
        SeededRandom random = recipe.Validation.Seed is { } seed ? new SeededRandom((ulong)seed) : own;
        IDataset dataset = data.Component.Open(data.Options, new DataContext(recipe.BaseDirectory, random.Fork("data"), doing)
        {
            Reward = reward,
            Models = models,
            Generator = generator,
            Stop = stop,
        });
        return OpenedData.Open(dataset, new OpenedDataSettings
        {
            Name = recipe.Data.Use,
            ValidationShare = recipe.Validation.Share,
            Random = random,
            Examples = recipe.Training.Examples,
            ExamplesRandom = own,
            Cache = CacheFolder.OfUser(),
            Status = doing,
            Stop = stop,
        });
    }
}
