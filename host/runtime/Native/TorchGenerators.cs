using TorchSharp;

namespace Tenon.Host.Native;

/// <summary>torch's default random number generators: one for the CPU and one per GPU.</summary>
internal static class TorchGenerators
{
    private static bool _gpus;

    /// <summary>
    /// Includes GPUs from now on. Call it when a GPU is in use, because TorchSharp's <c>manual_seed</c> does not seed GPUs.
    /// </summary>
    public static void IncludeGpus() => _gpus = true;

    /// <summary>Seeds all generators.</summary>
    /// <param name="seed">The seed; one bit is dropped because torch's seeds are signed.</param>
    public static void Seed(ulong seed)
    {
        using torch.Generator generator = torch.manual_seed((long)(seed >> 1));
        if (_gpus)
            torch.cuda.manual_seed_all((long)(seed >> 1));
    }

    /// <summary>
    /// Seeds all generators for one purpose in one step, so that dropout and noise depend only on the run's seed and the step.
    /// </summary>
    /// <param name="root">The root of the run's randomness.</param>
    /// <param name="purpose">The consumer of random numbers.</param>
    /// <param name="step">The step.</param>
    public static void Seed(SeededRandom root, string purpose, long step) =>
        Seed(root.Fork("torch").Fork(purpose).Fork(step).NextUInt64());
}
