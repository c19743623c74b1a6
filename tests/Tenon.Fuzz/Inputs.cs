using Tenon.Fuzz.Mutation;

namespace Tenon.Fuzz;

/// <summary>An input of a reader.</summary>
/// <param name="Seed">The seed that it was made from.</param>
/// <param name="Content">The mutated bytes.</param>
internal sealed record Input(Seed Seed, byte[] Content);

/// <summary>The endless sequence of inputs of a reader; an input depends only on the number of the sequence and its own index.</summary>
/// <param name="reader">The reader.</param>
/// <param name="number">The number of the sequence.</param>
internal sealed class Inputs(Reader reader, ulong number)
{
    // One input in this number is made from any seed, the others from sound ones.
    private const int DamagedShare = 4;

    private readonly Seed[] _all = [.. reader.Seeds];
    private readonly Seed[] _sound = [.. reader.Seeds.Where(seed => !seed.IsDamaged)];
    private readonly SeededRandom _random = new SeededRandom(number).Fork(reader.Name);
    private readonly Mutator _mutator = new(reader.Format, [.. reader.Seeds.Select(seed => seed.Content)], reader.Words);

    /// <summary>Returns an input. Indices below the number of seeds give the seeds themselves.</summary>
    /// <param name="index">0 or more.</param>
    public Input At(long index)
    {
        if (index < reader.Seeds.Count)
            return new Input(reader.Seeds[(int)index], reader.Seeds[(int)index].Content);
        SeededRandom random = _random.Fork(index);
        Seed[] seeds = _sound.Length > 0 && random.Next(DamagedShare) > 0 ? _sound : _all;
        Seed seed = seeds[random.Next(seeds.Length)];
        return new Input(seed, _mutator.Mutate(seed.Content, random));
    }
}
