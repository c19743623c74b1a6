using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Tenon.Host.Processes;

/// <summary>Compares what all processes of a run must have in common.</summary>
internal static class Agreement
{
    /// <summary>Compares the hashes of named texts. Called by all processes at the same time.</summary>
    /// <param name="world">The processes.</param>
    /// <param name="parts">Texts by what they describe, in the same order in all processes: recipe, plugins, data.</param>
    /// <exception cref="CommunicationException">
    /// A text differs; the message names the part and the ranks. Thrown in all processes.
    /// </exception>
    public static void Check(World world, params IReadOnlyList<(string What, string Text)> parts)
    {
        if (!world.IsParallel)
            return;
        byte[] own = [.. parts.SelectMany(part => SHA256.HashData(Encoding.UTF8.GetBytes(part.Text)))];
        using Tensor hashes = tensor(own);
        using Tensor all = zeros([world.All.Size * (long)own.Length], ScalarType.Byte);
        world.All.AllGather(all, hashes);
        byte[][] ranks = [.. all.data<byte>().ToArray().Chunk(own.Length)];
        List<string> differences = [];
        foreach ((int index, (string what, _)) in parts.Index())
        {
            int[] others = [.. Enumerable.Range(1, ranks.Length - 1).Where(rank => !Part(rank, index).SequenceEqual(Part(0, index)))];
            if (others.Length > 0)
                differences.Add($"the {what} of {(others.Length == 1 ? "rank" : "ranks")} {string.Join(", ", others)}");
        }

        if (differences.Count > 0)
            throw new CommunicationException($"The processes do not train the same run: {string.Join(" and ", differences)} " +
                $"differ{(differences.Count == 1 && !differences[0].StartsWith("the plugins", StringComparison.Ordinal) ? "s" : "")} " +
                "from rank 0. Give all hosts the same recipe, plugins and data, for example on a shared file system.");

        IEnumerable<byte> Part(int rank, int index) =>
            ranks[rank].Skip(index * SHA256.HashSizeInBytes).Take(SHA256.HashSizeInBytes);
    }
}
