using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Training;

namespace Tenon.Host.Runs;

/// <summary>What runs share with the other processes of the job, and with the user while they are running.</summary>
/// <param name="processes">The connection.</param>
/// <param name="requests">The user's requests.</param>
internal sealed class Job(ProcessGroup processes, CheckpointRequests requests)
{
    private World? _world;

    /// <summary>A job of this process alone.</summary>
    public static Job Alone => new(new ProcessGroup(new Launcher(null, 1, 0)), new CheckpointRequests());

    /// <summary>The user's requests for checkpoints.</summary>
    public CheckpointRequests Requests => requests;

    /// <summary>
    /// Whether this process is connected to others that do not know that it has failed: they have not all stopped after the same step.
    /// </summary>
    public bool LeavesOthers => processes.IsParallel && _world?.HasAgreedToStop != true;

    /// <summary>Returns the processes of a run, and connects them if they are not connected yet.</summary>
    /// <param name="components">Creates the engine.</param>
    /// <param name="recipe">The run's recipe.</param>
    /// <exception cref="CommunicationException">The processes cannot be connected, or their number does not fit the recipe.</exception>
    /// <exception cref="NotOfferedException">There are several processes, but no plugin connects them.</exception>
    public World Open(ComponentFactory components, Recipe recipe) => _world = processes.Open(components, recipe.Parallel);

    /// <summary>
    /// Returns the processes that divide the layers of a model that is not trained, and connects them if they are not connected yet.
    /// </summary>
    /// <param name="components">Creates the engine.</param>
    /// <param name="choice">The processes; null for this process alone.</param>
    /// <exception cref="CommunicationException">The processes cannot be connected, or they divide something else.</exception>
    public World OpenLayers(ComponentFactory components, ComponentChoice? choice)
    {
        if (choice is null)
            return World.Single;
        World world = _world = processes.Open(components, choice);
        return world.Tensor.Size == world.All.Size ? world : throw new CommunicationException(
            $"{world.All.Size} processes were started, but parallel:tensor is {world.Tensor.Size}. Processes only divide the layers of a " +
            $"model that is not trained: set parallel:tensor to {world.All.Size}, or start {world.Tensor.Size}.");
    }
}
