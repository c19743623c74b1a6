using Tenon.Host.Plugins.Components;
using TorchSharp;

namespace Tenon.Host.Processes;

/// <summary>What this process has of a host with others: each would otherwise use all of its cores, and wait for the others.</summary>
/// <param name="Rank">This process on the host, from 0.</param>
/// <param name="Processes">Number of processes on the host.</param>
/// <param name="Threads">Threads of each process; null if their number is unchanged.</param>
internal sealed record SharedProcessors(int Rank, int Processes, int? Threads)
{
    /// <summary>Limits the threads of this process to its share. Called by all processes at the same time.</summary>
    /// <param name="world">The processes.</param>
    /// <param name="device">The device of this process.</param>
    /// <param name="choice">Its options, which may set the number of threads.</param>
    public static SharedProcessors Of(World world, IOpenDevice device, ComponentChoice choice)
    {
        (int rank, int count) = world.OnHost();
        if (count == 1 || device.Torch.type != DeviceType.CPU || choice.Options["threads"] is { Length: > 0 } and not "0")
            return new SharedProcessors(rank, count, Threads: null);
        int threads = Math.Max(1, torch.get_num_threads() / count);
        torch.set_num_threads(threads);
        return new SharedProcessors(rank, count, threads);
    }
}
