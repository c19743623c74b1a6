using System.Runtime.CompilerServices;
using Tenon.Host.Native;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tenon.Samplers.Tests;

internal static class Assembly
{
    [ModuleInitializer]
    internal static void PrepareTorch()
    {
        TorchRuntime.Prepare();
        torch.set_num_threads(1);
    }
}
