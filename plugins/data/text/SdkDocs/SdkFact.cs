namespace Tenon.Text.SdkDocs;

/// <summary>What a sentence of the documentation states about a member.</summary>
internal enum SdkFactKind
{
    /// <summary>What it does: <c>String.Trim removes all white space.</c></summary>
    Action,

    /// <summary>What it returns: <c>String.Trim returns the string that remains.</c></summary>
    Result,

    /// <summary>When it returns true: <c>String.Equals returns true if both are equal; otherwise, false.</c></summary>
    Condition,

    /// <summary>What a parameter is: <c>The parameter count of String.Insert is the number of characters.</c></summary>
    Parameter,

    /// <summary>When it throws an exception: <c>String.Insert throws ArgumentNullException if value is null.</c></summary>
    Exception,
}

/// <summary>A sentence about a member, and the part of it that answers a question.</summary>
/// <param name="Kind">What it states.</param>
/// <param name="Member">Name of the type or member.</param>
/// <param name="Detail">The verb, the parameter or the exception; empty for the other kinds.</param>
/// <param name="Sentence">The sentence with its period.</param>
/// <param name="Start">Index of the answer's first character in the sentence.</param>
/// <param name="Length">Number of characters of the answer.</param>
internal sealed record SdkFact(SdkFactKind Kind, string Member, string Detail, string Sentence, int Start, int Length)
{
    /// <summary>The answer.</summary>
    public string Answer => Sentence.Substring(Start, Length);
}
