namespace Tenon.Lstm;

/// <summary>Names of the heads in recipes.</summary>
internal static class RecurrentHeads
{
    public const string Texts = "sequence-classification";
    public const string Tokens = "token-classification";
}
