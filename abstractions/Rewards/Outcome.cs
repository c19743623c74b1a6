namespace Tenon;

/// <summary>What the actions of a policy came to: the thing that a reward judges.</summary>
public abstract record Outcome;

/// <summary>A text that a language model wrote.</summary>
/// <param name="Prompt">What it was given; may be empty.</param>
/// <param name="Response">What it wrote behind it, without special tokens.</param>
/// <param name="Ended">Whether it ended by itself; false: the length or the context ran out.</param>
public sealed record TextOutcome(string Prompt, string Response, bool Ended) : Outcome;

/// <summary>One choice from a list: a class of a classifier, a word in a gap.</summary>
/// <param name="Choice">Index of what was chosen.</param>
/// <param name="ChoiceName">Its name: the class, the word.</param>
/// <param name="Label">Index of the right choice; null when it is not known.</param>
public sealed record ChoiceOutcome(int Choice, string ChoiceName, int? Label) : Outcome;

/// <summary>An image that a generator made.</summary>
/// <param name="Image">The pixels.</param>
/// <param name="Label">The class that it was asked for; null when it was asked for none.</param>
public sealed record ImageOutcome(ImagePixels Image, int? Label) : Outcome;
