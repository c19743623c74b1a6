namespace Tenon.Fuzz.Mutation;

/// <summary>Makes damaged and hostile inputs from valid ones. Deterministic.</summary>
/// <param name="format">Format of the inputs.</param>
/// <param name="pool">Inputs whose parts are spliced into others.</param>
/// <param name="words">Words of the format.</param>
internal sealed class Mutator(InputFormat format, IReadOnlyList<byte[]> pool, IReadOnlyList<string> words)
{
    private const int MostRounds = 6;
    private readonly ByteMutations _bytes = new(pool);
    private readonly TextMutations _text = new(words);
    private readonly JsonMutations _json = new(pool, words);

    /// <summary>Returns a changed copy of an input, which is rarely more than twice as long.</summary>
    /// <param name="input">The input; not changed.</param>
    /// <param name="random">Determines the changes.</param>
    public byte[] Mutate(byte[] input, SeededRandom random)
    {
        int most = 2 * input.Length + 4096;
        byte[] changed = input;
        for (int round = 0; round < MostRounds && (round == 0 || random.Next(2) == 0); round++)
            changed = Once(changed, random);
        return changed.Length <= most ? changed : changed[..most];
    }

    private byte[] Once(byte[] input, SeededRandom random) => format switch
    {
        InputFormat.Binary => _bytes.Mutate(input, random),
        InputFormat.Text => random.Next(3) == 0 ? _bytes.Mutate(input, random) : _text.Mutate(input, random),
        InputFormat.Json => Json(input, random),
        InputFormat.JsonLines => Lines(input, random),
        InputFormat.Safetensors => random.Next(3) == 0 ? _bytes.Mutate(input, random) : Containers.InHeader(input, random, Json),
        InputFormat.Zip => random.Next(2) == 0 ? _bytes.Mutate(input, random) : Containers.InArchive(input, random, TextOrBytes),
        _ => throw new ArgumentOutOfRangeException(nameof(input), format, null),
    };

    // Most changes keep the document well-formed, so that they get past the parser.
    private byte[] Json(byte[] input, SeededRandom random) => random.Next(4) switch
    {
        0 => _bytes.Mutate(input, random),
        1 => _text.Mutate(input, random),
        _ => _json.Mutate(input, random) ?? _text.Mutate(input, random),
    };

    private byte[] Lines(byte[] input, SeededRandom random)
    {
        byte[][] lines = ByteMutations.Split(input, (byte)'\n');
        if (lines.Length < 2 || random.Next(4) == 0)
            return Json(input, random);
        int chosen = (int)random.Next(lines.Length);
        lines[chosen] = Json(lines[chosen], random);
        return ByteMutations.Join(lines, (byte)'\n');
    }

    private byte[] TextOrBytes(byte[] input, SeededRandom random) =>
        random.Next(2) == 0 ? _text.Mutate(input, random) : _bytes.Mutate(input, random);
}
