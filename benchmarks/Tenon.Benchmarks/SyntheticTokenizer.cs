using System.Text.Json;

namespace Tenon.Benchmarks;

/// <summary>Byte-level tokenizers of a given size, for models with random weights.</summary>
internal static class SyntheticTokenizer
{
    /// <summary>Writes a byte-level tokenizer whose merges join any two characters.</summary>
    /// <param name="folder">Receives <c>vocab.json</c> and <c>merges.txt</c>.</param>
    /// <param name="vocabulary">Size of the vocabulary, up to 65,793.</param>
    public static void Write(string folder, int vocabulary)
    {
        // The printable characters that represent bytes in GPT-2's vocabulary.
        string[] bytes = [.. Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range(0xA1, 0xAC - 0xA1 + 1))
            .Concat(Enumerable.Range(0xAE, 0xFF - 0xAE + 1)).Concat(Enumerable.Range(0x100, 68)).Select(code => ((char)code).ToString())];
        (string Left, string Right)[] merges =
            [.. bytes.SelectMany(left => bytes.Select(right => (left, right))).Take(vocabulary - bytes.Length - 1)];
        string[] tokens = [.. bytes, .. merges.Select(merge => merge.Left + merge.Right), "<|endoftext|>"];
        File.WriteAllText(
            Path.Combine(folder, "vocab.json"),
            JsonSerializer.Serialize(tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index)));
        File.WriteAllLines(
            Path.Combine(folder, "merges.txt"), ["#version: 0.2", .. merges.Select(merge => $"{merge.Left} {merge.Right}")]);
    }
}
