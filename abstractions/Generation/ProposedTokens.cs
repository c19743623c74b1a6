using TorchSharp;

namespace Tenon;

/// <summary>
/// Draws tokens with the help of proposals: a proposal from the distribution q is kept with the probability min(1, p / q), and otherwise
/// replaced by a token from the part of p that q lacks, so that the result has the distribution p (Leviathan et al. 2023, section 2.3).
/// </summary>
internal static class ProposedTokens
{
    /// <summary>Draws one token per row.</summary>
    /// <param name="logits">float32 [B, V] of p. Not disposed.</param>
    /// <param name="rows">The rows, whose random streams are used.</param>
    /// <param name="proposals">The proposal for each row; null for none.</param>
    /// <returns>int64 [B] in the current dispose scope.</returns>
    public static Tensor Draw(Tensor logits, IReadOnlyList<GenerationRow> rows, IReadOnlyList<Proposal?> proposals)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var chosen = new long[rows.Count];
        foreach ((int at, GenerationRow row) in rows.Index())
        {
            using DisposeScope each = torch.NewDisposeScope();
            Tensor own = logits[at].unsqueeze(0); // [1, V]
            chosen[at] = proposals[at] is { } proposal
                ? Draw(own, proposal, row.Request.Random)
                : TokenDistribution.Draw(own, [row.Request.Random.NextDouble()]).item<long>();
        }

        return torch.tensor(chosen, device: logits.device).MoveToOuterDisposeScope();
    }

    private static long Draw(Tensor logits, Proposal proposal, SeededRandom random)
    {
        Tensor wanted = logits.cpu().to(torch.ScalarType.Float64).softmax(-1); // [1, V]
        double offered = proposal.Distribution[proposal.Token].item<double>();
        if (random.NextDouble() * offered < wanted[0, proposal.Token].item<double>())
            return proposal.Token;
        Tensor rest = (wanted - proposal.Distribution).clamp(min: 0);
        // Equal distributions can differ by rounding only.
        Tensor left = rest.sum().item<double>() > 0 ? rest : wanted;
        return TokenDistribution.Draw(left.log(), [random.NextDouble()]).item<long>();
    }
}
