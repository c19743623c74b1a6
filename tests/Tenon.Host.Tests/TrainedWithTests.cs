using System.Text.RegularExpressions;

namespace Tenon.Host.Tests;

/// <summary>Authors of architectures learn from templates and samples which options belong to the weights.</summary>
public sealed partial class TrainedWithTests
{
    // With relative positions, a recurrent state or convolutions, the weights do not depend on the length of the context.
    private static readonly string[] AnyLength =
    [
        "T5Options.cs: ContextLength", "RecurrentOptions.cs: ContextLength", "TextCnnOptions.cs: ContextLength",
        "TcnOptions.cs: ContextLength",
    ];

    [Theory]
    [InlineData("plugins/architectures", 15)]
    [InlineData("templates/tenon-architecture/src", 3)]
    [InlineData("samples/third-party/src", 3)]
    [InlineData("tests/architectures", 5)]
    public void Sizes_of_an_architecture_are_marked(string folder, int least)
    {
        (string File, Match Size)[] sizes =
            [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Sizes().Matches(File.ReadAllText(file)).Select(size => (file, size)))];

        sizes.Length.Should().BeGreaterThanOrEqualTo(least);
        sizes.Where(size => !size.Size.Value.Contains("[TrainedWith", StringComparison.Ordinal))
            .Select(size => $"{size.File}: {size.Size.Groups[1].Value}")
            .Where(size => !AnyLength.Any(option => size.EndsWith($"{Path.DirectorySeparatorChar}{option}", StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    [GeneratedRegex(@"(?:^ +\[[^\n]*\n)*^ +public int\?? (VocabularySize|HiddenSize|ContextLength|Layers|Heads) \{ get; init; \}", RegexOptions.Multiline)]
    private static partial Regex Sizes();
}
