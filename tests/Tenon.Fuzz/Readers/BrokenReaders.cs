namespace Tenon.Fuzz.Readers;

/// <summary>Readers that fail on purpose, which show that each kind of failure is found.</summary>
internal static class BrokenReaders
{
    // The seeds have none of these bytes next to each other.
    private const byte First = (byte)'x', Second = (byte)'!';

    /// <summary>The readers.</summary>
    public static IReadOnlyList<Reader> All { get; } =
    [
        Broken("broken-throws", () => throw new InvalidOperationException("Broken on purpose.")),
        Broken("broken-dies", () => Recurse(1)),
        Broken("broken-hangs", () =>
        {
            while (DateTime.MaxValue > DateTime.UtcNow)
                Thread.SpinWait(1000);
        }),
        Broken("broken-fills", () => Fill()),
    ];

    private static Reader Broken(string name, Action fail) => new(
        name, InputFormat.Text, [typeof(DataException)],
            () => [new Seed("letters", "abcx"u8.ToArray()), new Seed("marks", "abc!"u8.ToArray())],
        (_, content) =>
        {
            for (int i = 1; i < content.Length; i++)
            {
                if (content[i - 1] == First && content[i] == Second)
                    fail();
            }

            if (content.Length > 2 * First)
                throw new DataException("It is too long.");
        })
    {
        Words = ["x!"],
        IsBroken = true,
    };

    private static int Recurse(int depth) => depth < 0 ? depth : 1 + Recurse(depth + 1);

    private static void Fill()
    {
        List<byte[]> kept = [];
        while (true)
        {
            kept.Add(new byte[1 << 24]);
            Array.Fill(kept[^1], (byte)1);
        }
    }
}
