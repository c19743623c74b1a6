using Tenon.Host.Native;
using TorchSharp;

namespace Tenon.Host.Runs;

/// <summary>
/// Refuses a run that cannot fit into memory before anything is built. Otherwise the system would kill the process without a
/// message, and perhaps other processes with it.
/// </summary>
internal static class MemoryCheck
{
    private const string RewardModels = "reward models";

    /// <summary>Compares the models that rewards open with the memory that is free before they are opened.</summary>
    /// <param name="rewards">Bytes of the models.</param>
    /// <param name="device">The run's device.</param>
    /// <param name="free">Free main memory; null when unknown.</param>
    /// <exception cref="MemoryException">They do not fit.</exception>
    public static void CheckRewards(long rewards, IOpenDevice device, FreeMemory? free)
    {
        // On every device, weights are read into main memory.
        if (free is not null && rewards > free.Bytes)
            Refuse(rewards, RewardModels, "main memory", free.Bytes, State(free));
        if (device.Torch.type != DeviceType.CPU && device.Memory.Total is { } total && rewards > total)
            Refuse(rewards, RewardModels, "device memory", total, "is available");
    }

    /// <summary>Compares a plan with the memory that is free once the models of the rewards are open.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="device">The run's device.</param>
    /// <param name="free">Free main memory; null when unknown.</param>
    /// <exception cref="MemoryException">The run does not fit.</exception>
    public static void Check(RunPlan plan, IOpenDevice device, FreeMemory? free)
    {
        bool isMain = device.Torch.type == DeviceType.CPU;
        // On every device, parameters are initialized in main memory.
        long main = isMain ? plan.TotalBytes : plan.WeightBytes;
        long? there = free?.Bytes + (isMain ? plan.RewardBytes : 0);
        if (main > there)
            Refuse(main, isMain ? Parts(plan) : "weights, which are initialized there", "main memory", there.Value, State(free!));

        if (!isMain && device.Memory.Total is { } total && plan.TotalBytes > total)
            Refuse(plan.TotalBytes, Parts(plan), "device memory", total, "is available");
    }

    private static string State(FreeMemory free) => free.IsLimited ? "is left to its control group (container)" : "is free";

    private static string Parts(RunPlan plan)
    {
        List<string> parts = [$"{MemoryException.Text(plan.WeightBytes)} of weights"];
        Add(plan.GradientBytes, "gradients");
        Add(plan.OptimizerBytes, "optimizer state");
        Add(plan.AverageBytes, "averages");
        Add(plan.BestBytes, "the best weights");
        Add(plan.ReferenceBytes, "the reference model");
        Add(plan.RewardBytes, RewardModels);
        Add(plan.ActivationBytes ?? 0, "activations");
        return string.Join(", ", parts);

        void Add(long bytes, string what)
        {
            if (bytes > 0)
                parts.Add($"{MemoryException.Text(bytes)} of {what}");
        }
    }

    private static void Refuse(long needed, string what, string place, long there, string state) => throw new MemoryException(
        $"The run needs {MemoryException.Text(needed)} of {place} ({what}), but {MemoryException.Text(there)} {state}. " +
        "Use a smaller model, training:batchSize or context, or train an adapter (lora, with baseWeights nf4); " +
        "'tenon plan' shows how much memory a recipe needs.");
}
