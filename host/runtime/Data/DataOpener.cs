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
    /// <param name="events">Receives progress, and warnings about skipped examples.</param>
    /// <param name="stop">Cancels opening and tokenizing.</param>
    /// <param name="keepsFaults">Whether faults are only collected (<see cref="OpenedData.Rejected"/>), whatever the policy.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="DataException">The data is missing, empty or malformed.</exception>
    public OpenedData Open(
        Recipe recipe, IReward? reward, IModelOpener models, ITextGenerator generator, RunEvents events, CancellationToken stop, bool keepsFaults = false)
    {
        ConcurrentQueue<string> rejected = [];
        try
        {
            OpenedData data = Open(recipe, reward, models, generator, events.ReportActivity, rejected, stop);
            if (keepsFaults || rejected.IsEmpty)
                return data;
            if (DataPolicy.Of(recipe.Data).OnError == OnError.Skip)
            {
                events.Warn(CheckedData.LeftOut(rejected.Count, data.TrainCount + data.ValidationCount + rejected.Count, rejected.First()));
                return data;
            }

            data.Dispose();
        }
        catch (DataException fault) when (!rejected.IsEmpty)
        {
            // The remaining examples are not enough; the rejected ones explain why.
            throw new DataException([.. rejected, fault.Message], DataPolicy.Advice);
        }

        throw new DataException([.. rejected], DataPolicy.Advice);
    }

    private OpenedData Open(
        Recipe recipe, IReward? reward, IModelOpener models, ITextGenerator generator, Action<string> doing, ConcurrentQueue<string> rejected, CancellationToken stop)
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
            Status = doing,
            Stop = stop,
            Rejected = rejected,
        });
    }
}
