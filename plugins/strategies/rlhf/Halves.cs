namespace Tenon.Rlhf;

/// <summary>The two halves of a batch of preferences: chosen responses, then rejected ones.</summary>
internal static class Halves
{
    /// <summary>Splits the first dimension.</summary>
    /// <param name="rows">[2B, …].</param>
    /// <returns>Two tensors [B, …] in the current dispose scope.</returns>
    public static (Tensor Chosen, Tensor Rejected) Of(Tensor rows)
    {
        long pairs = rows.size(0) / 2;
        return (rows.narrow(0, 0, pairs), rows.narrow(0, pairs, pairs));
    }
}
