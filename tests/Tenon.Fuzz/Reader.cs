namespace Tenon.Fuzz;

/// <summary>How the inputs of a reader are built, which determines how they are mutated.</summary>
internal enum InputFormat
{
    /// <summary>Bytes.</summary>
    Binary,

    /// <summary>Text with words and numbers.</summary>
    Text,

    /// <summary>A JSON document.</summary>
    Json,

    /// <summary>A JSON document on each line.</summary>
    JsonLines,

    /// <summary>A JSON header, preceded by its length, and bytes.</summary>
    Safetensors,

    /// <summary>A zip archive.</summary>
    Zip,
}

/// <summary>A valid or once harmful input, from which others are made.</summary>
/// <param name="Name">Its name, unique in its reader and valid in a file name.</param>
/// <param name="Content">The input.</param>
internal sealed record Seed(string Name, byte[] Content)
{
    /// <summary>Whether it once made a reader fail; fewer inputs are made from these.</summary>
    public bool IsDamaged { get; init; }
}

/// <summary>Code that reads files or texts from strangers.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Format">Format of its inputs.</param>
/// <param name="Documented">The exceptions by which it refuses an input. Any other is a fault.</param>
/// <param name="MakeSeeds">Returns the seeds, at least one.</param>
/// <param name="Read">Reads an input that was made from a seed; returns normally or throws a documented exception.</param>
internal sealed record Reader(
    string Name, InputFormat Format, IReadOnlyList<Type> Documented, Func<IReadOnlyList<Seed>> MakeSeeds, Action<Seed, byte[]> Read)
{
    private readonly Lazy<IReadOnlyList<Seed>> _seeds = new(MakeSeeds);

    /// <summary>The seeds.</summary>
    public IReadOnlyList<Seed> Seeds => _seeds.Value;

    /// <summary>Words of the format, which are inserted.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether the reader fails on purpose, to test how faults are found. Only tests run it.</summary>
    public bool IsBroken { get; init; }

    /// <summary>Returns whether an exception is a documented refusal. Of several at once, the first counts, as in the program.</summary>
    public bool IsRefusal(Exception failure) => failure is AggregateException { InnerExceptions: [var first, ..] }
        ? IsRefusal(first) : Documented.Any(type => type.IsInstanceOfType(failure));
}
