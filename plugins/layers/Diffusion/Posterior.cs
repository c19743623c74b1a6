namespace Tenon.Layers;

/// <summary>
/// q(x_s | x_t, x_0) = N(µ, β̃·I) with s below t, and µ a weighted sum of x_0 and x_t (Ho et al. 2020, equations 6 and 7).
/// </summary>
/// <param name="CleanShare">Weight of x_0 in µ: √ᾱ_s·β / (1 − ᾱ_t).</param>
/// <param name="SampleShare">Weight of x_t in µ: √α·(1 − ᾱ_s) / (1 − ᾱ_t).</param>
/// <param name="Variance">β̃ = (1 − ᾱ_s) / (1 − ᾱ_t)·β; 0 where s is the clean sample.</param>
/// <param name="Beta">β = 1 − α with α = ᾱ_t / ᾱ_s.</param>
public readonly record struct Posterior(float CleanShare, float SampleShare, float Variance, float Beta)
{
    /// <summary>µ of each row.</summary>
    /// <param name="clean">x_0, [N, …].</param>
    /// <param name="sample">x_t, [N, …].</param>
    /// <param name="rows">The posterior of each row, or one for all rows.</param>
    /// <returns>[N, …] in the current dispose scope.</returns>
    public static Tensor Mean(Tensor clean, Tensor sample, params IReadOnlyList<Posterior> rows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor ofClean = NoiseLevels.Rows(rows.Select(row => row.CleanShare), sample);
        Tensor ofSample = NoiseLevels.Rows(rows.Select(row => row.SampleShare), sample);
        return (ofClean * clean + ofSample * sample).MoveToOuterDisposeScope();
    }
}
