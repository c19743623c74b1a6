namespace Tenon.Tests;

/// <summary>Results that have to be the same with any number of threads.</summary>
internal static class Threads
{
    /// <summary>Computes once on one thread and many times on two, where the order of work differs from time to time.</summary>
    /// <param name="compute">Gives a tensor in the current dispose scope.</param>
    public static void ShouldNotMatter(Func<Tensor> compute)
    {
        int threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(1);
            Tensor alone = compute();
            torch.set_num_threads(2);
            for (int i = 0; i < 50; i++)
                compute().Equals(alone).Should().BeTrue();
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }
}
