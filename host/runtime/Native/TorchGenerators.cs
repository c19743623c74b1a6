using TorchSharp;

namespace Tenon.Host.Native;

/// <summary>torch's default generators of random numbers: one of the processor, and one of each GPU.</summary>
internal static class TorchGenerators
{
    private static bool _gpus;

    /// <summary>From now on GPUs are seeded too. To be called when one is in use: TorchSharp's <c>manual_seed</c> leaves them out.</summary>
    public static void IncludeGpus() => _gpus = true;

    /// <summary>Seeds all of them.</summary>
    /// <param name="seed">One bit of it is left out: torch takes a signed seed.</param>
    public static void Seed(ulong seed)
    {
        using torch.Generator generator = torch.manual_seed((long)(seed >> 1));
        if (_gpus)
            torch.cuda.manual_seed_all((long)(seed >> 1));
    }

    /// <summary>Seeds them for one purpose in one step: dropout and noise then depend on the run's seed and the step alone.</summary>
    /// <param name="root">The root of the run's randomness.</param>
    /// <param name="purpose">What draws.</param>
    /// <param name="step">The step.</param>
    public static void Seed(SeededRandom root, string purpose, long step) =>
        Seed(root.Fork("torch").Fork(purpose).Fork(step).NextUInt64());
}
