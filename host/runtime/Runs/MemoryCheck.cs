using Tenon.Host.Native;
using TorchSharp;

namespace Tenon.Host.Runs;

/// <summary>
/// Refuses a run that cannot fit into memory before anything of it is built: otherwise the system ends the process without a
/// message, and perhaps others with it.
/// </summary>
internal static class MemoryCheck
{
    /// <summary>Compares a plan with the memory that is free now.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="device">The run's device.</param>
    /// <param name="free">Free main memory; null when unknown.</param>
    /// <exception cref="MemoryException">The run does not fit.</exception>
    public static void Check(RunPlan plan, IOpenDevice device, FreeMemory? free)
    {
        bool isMain = device.Torch.type == DeviceType.CPU;
        // Parameters are initialized in main memory on every device.
        long main = isMain ? plan.TotalBytes : plan.WeightBytes;
        if (free is not null && main > free.Bytes)
        {
            string what = isMain ? Parts(plan) : "weights, which are initialized there";
            Refuse(main, what, "main memory", free.Bytes, free.IsLimited ? "are left to its control group (container)" : "are free");
        }

        if (!isMain && device.Memory.Total is { } total && plan.TotalBytes > total)
            Refuse(plan.TotalBytes, Parts(plan), "memory of the device", total, "are there");
    }

    private static string Parts(RunPlan plan)
    {
        List<string> parts = [$"{MemoryException.Text(plan.WeightBytes)} of weights"];
        Add(plan.GradientBytes, "gradients");
        Add(plan.OptimizerBytes, "optimizer state");
        Add(plan.AverageBytes, "averages");
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
        "Use a smaller model, training:batchSize or context, or an adapter (lora); 'tenon plan' shows what each setting needs.");
}
