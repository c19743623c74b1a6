namespace Tenon.Host.Inference.Formats;

/// <summary>Tokens that may come next, as the shorter of two lists.</summary>
/// <param name="Ids">The allowed tokens, or those excluded from <paramref name="Among"/>.</param>
/// <param name="Among">Whether each id is a token; null if the list contains the allowed tokens.</param>
internal sealed record TokenMask(int[] Ids, bool[]? Among)
{
    /// <summary>Sets the items of the allowed tokens to true.</summary>
    /// <param name="allowed">One item per id.</param>
    public void Apply(Span<bool> allowed)
    {
        if (Among is not null)
            Among.AsSpan(0, Math.Min(Among.Length, allowed.Length)).CopyTo(allowed);
        foreach (int id in Ids)
        {
            if (id < allowed.Length)
                allowed[id] = Among is null;
        }
    }
}
