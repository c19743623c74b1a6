using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Tests.Evaluation.Baselines;

public class EditDistanceTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("flaw", "lawn", 2)]
    [InlineData("无法打开文件。", "无法找到文件。", 2)]
    public void Counts_inserted_deleted_and_replaced_characters(string first, string second, int distance) =>
        new EditDistance(first).To(second).Should().Be(distance);

    [Fact]
    public void Similarity_is_the_share_of_the_longer_text_that_is_kept()
    {
        new EditDistance("kitten").Similarity("sitting").Should().BeApproximately(1 - 3 / 7.0, 1e-12);
        new EditDistance("").Similarity("").Should().Be(1);
        new EditDistance("abc").Similarity("xyz").Should().Be(0);
    }

    // Lengths around the 64 bits of a word, where carries pass from block to block.
    [Fact]
    public void Texts_of_any_length_have_the_distance_of_the_plain_table()
    {
        var random = new SeededRandom(1);
        foreach (int length in new[] { 1, 5, 63, 64, 65, 127, 128, 129, 200 })
        {
            for (int repeat = 0; repeat < 20; repeat++)
            {
                string first = Draw(length), second = repeat % 2 == 0 ? Draw(1 + (int)random.Next(200)) : Change(first);
                new EditDistance(first).To(second).Should().Be(Table(first, second), $"'{first}' and '{second}'");
            }
        }

        string Draw(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "abcdé文"[(int)random.Next(6)]));

        string Change(string text)
        {
            int at = (int)random.Next(text.Length);
            return $"{text[..at]}x{text[(at + (int)random.Next(2))..]}";
        }
    }

    private static int Table(string first, string second)
    {
        int[,] distances = new int[first.Length + 1, second.Length + 1];
        for (int i = 0; i <= first.Length; i++)
        {
            for (int j = 0; j <= second.Length; j++)
            {
                distances[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1,
                    distances[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1));
            }
        }

        return distances[first.Length, second.Length];
    }
}
