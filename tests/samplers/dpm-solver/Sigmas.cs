namespace Tenon.DpmSolver;

/// <summary>Noise levels as σ = √((1 − ᾱ)/ᾱ), the noise of a sample whose signal is 1 (Karras et al. 2022).</summary>
internal static class Sigmas
{
    private const double Rho = 7;

    /// <summary>σ of each training timestep.</summary>
    public static double[] Of(IReadOnlyList<double> alphasCumulative) =>
        [.. alphasCumulative.Select(alpha => Math.Sqrt((1 - alpha) / alpha))];

    /// <summary>n + 1 values from the largest to the smallest σ, on a straight line in σ^(1/ρ) (equation 5 there), then 0.</summary>
    public static double[] Karras(double[] trained, int steps)
    {
        double most = Math.Pow(trained[^1], 1 / Rho), least = Math.Pow(trained[0], 1 / Rho);
        return [.. Enumerable.Range(0, steps).Select(i => Math.Pow(most + i / Math.Max(1.0, steps - 1) * (least - most), Rho)), 0];
    }

    /// <summary>The timestep of a σ between two trained ones, on a straight line in log σ.</summary>
    public static double Timestep(double[] trained, double sigma)
    {
        int low = Math.Clamp(Array.FindLastIndex(trained, value => value <= sigma), 0, trained.Length - 2);
        double share = (Math.Log(trained[low]) - Math.Log(sigma)) / (Math.Log(trained[low]) - Math.Log(trained[low + 1]));
        return low + Math.Clamp(share, 0, 1);
    }
}
