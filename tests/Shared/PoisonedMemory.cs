namespace Tenon.Tests;

/// <summary>Fills the memory that torch allocates next with NaN, so that reading memory before writing it shows in the result.</summary>
internal static class PoisonedMemory
{
    private const int BlocksOfASize = 8;
    private static readonly long[] Sizes = [64, 256, 1024, 4096, 9216, 16_384, 36_864, 65_536, 262_144];

    /// <summary>Allocates, fills and frees blocks of many sizes.</summary>
    public static void Leave()
    {
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        foreach (long size in Sizes)
        {
            for (int block = 0; block < BlocksOfASize; block++)
                TorchSharp.torch.full([size], float.NaN, TorchSharp.torch.ScalarType.Float32);
        }
    }
}
