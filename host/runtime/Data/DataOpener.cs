using System.Collections.Concurrent;
using Tenon.Host.Events;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Data;

/// <summary>Opens the data of a recipe. The same recipe and seed give the same split.</summary>
/// <param name="components">Creates the data component.</param>
internal sealed class DataOpener(ComponentFactory components)
{
    /// <summary>Opens the data. The caller disposes it.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="reward">The recipe's rewards, or null.</param>
    /// <param name="models">Opens model folders.</param>
    /// <param name="generator">Generates text for data that a model creates.</param>
    /// <param name="events">Receives progress, and caches that cannot be used.</param>
    /// <param name="stop">Cancels opening and tokenizing.</param>
    /// <returns>
    /// The data without what its component rejects (<see cref="OpenedData.Rejected"/>), which <see cref="CheckedData"/> reports.
    /// </returns>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="DataException">The data is missing, or no example of it is usable.</exception>
    public OpenedData Open(
        Recipe recipe, IReward? reward, IModelOpener models, ITextGenerator generator, RunEvents events, CancellationToken stop)
    {
        ConcurrentQueue<string> rejected = [];
        try
        {
            return Open(recipe, reward, models, generator, events, rejected, stop);
        }
        catch (DataException fault) when (!rejected.IsEmpty)
        {
            // The remaining examples are not enough; the rejected ones explain why.
            throw new DataException([.. rejected, fault.Message], DataPolicy.Advice);
        }
    }

    private OpenedData Open(
        Recipe recipe, IReward? reward, IModelOpener models, ITextGenerator generator, RunEvents events, ConcurrentQueue<string> rejected,
        CancellationToken stop)
    {
        Chosen<IData> data = components.Make<IData>(recipe.Data);
        var own = new SeededRandom((ulong)recipe.Seed);
        SeededRandom random = recipe.Validation.Seed is { } seed ? new SeededRandom((ulong)seed) : own;
        IDataset dataset = data.Component.Open(data.Options,
            new DataContext(recipe.BaseDirectory, random.Fork("data"), events.ReportActivity)
            {
                Reward = reward,
                Models = models,
                Generator = generator,
                Stop = stop,
                OnRejected = fault => rejected.Enqueue(fault.Message),
            });
        return OpenedData.Open(dataset, new OpenedDataSettings
        {
            Name = recipe.Data.Use,
            ValidationShare = recipe.Validation.Share,
            Random = random,
            Examples = recipe.Training.Examples,
            ExamplesRandom = own,
            Cache = CacheFolder.OfUser(),
            Status = events.ReportActivity,
            Warn = events.Warn,
            Stop = stop,
            Rejected = rejected,
        });
    }
}
