using System.Globalization;
using System.Text.RegularExpressions;

namespace Tenon.EncoderDecoders.Tests;

/// <summary>Greedy and beam search against transformers' <c>generate</c>; the lengths are those of the READMEs.</summary>
public partial class GenerationParityTests
{
    [Theory]
    [InlineData("t5-gated-tiny", "generated", true)]
    [InlineData("marian-tiny", "generated", true)]
    [InlineData("marian-tiny", "generated_noeos", false)]
    [InlineData("bart-tiny", "generated", true)]
    [InlineData("bart-tiny", "generated_noeos", false)]
    public void Greedy_texts_equal_the_reference(string name, string output, bool ends)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EncoderDecoderModel model = Models.Golden(name);
        int[][] expected = Texts(Goldens.Read(name, "outputs.safetensors")[output], model, ends);
        var greedy = new SamplingOptions { MaxNewTokens = MaxNewTokens(name), Temperature = 0 };
        using var batch = new GenerationBatch(model, greedy, ends ? model.EndOfText : []);

        GenerationRow[] rows = [.. Models.Sources(name, model)
            .Select(row => batch.Add(row.Source!, row.Prompt, new SeededRandom(1)))];
        while (batch.Rows.Count > 0)
            batch.Step();

        rows.Select(row => row.Tokens.ToArray()).Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
    }

    [Theory]
    [InlineData("t5-gated-tiny")]
    [InlineData("marian-tiny")]
    [InlineData("bart-tiny")]
    public void Beams_and_their_scores_equal_the_reference(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EncoderDecoderModel model = Models.Golden(name);
        Dictionary<string, Tensor> outputs = Goldens.Read(name, "outputs.safetensors");
        string[] settings = [.. outputs.Keys.Where(key => key.StartsWith("beam4", StringComparison.Ordinal))
            .Select(key => key[..key.LastIndexOf('.')]).Distinct()];
        settings.Should().NotBeEmpty();
        foreach (string setting in settings)
        {
            Match match = Setting().Match(setting);
            var beams = new BeamOptions
            {
                Beams = 4,
                Results = 4,
                LengthPenalty = double.Parse(match.Groups["penalty"].Value, CultureInfo.InvariantCulture),
                Stopping = match.Groups["early"].Value == "0" ? BeamStopping.WhenNoneIsBetter : BeamStopping.WhenEnoughFinished,
            };

            IReadOnlyList<IReadOnlyList<BeamResult>> found = BeamSearch.Run(
                model, Models.Sources(name, model), new SamplingOptions { MaxNewTokens = MaxNewTokens(name) }, beams, model.EndOfText);

            BeamResult[] results = [.. found.SelectMany(result => result)];
            results.Select(result => result.Tokens.ToArray()).Should().BeEquivalentTo(
                Texts(outputs[$"{setting}.sequences"], model, ends: true), options => options.WithStrictOrdering(), setting);
            double[] scores = [.. outputs[$"{setting}.scores"].data<float>().Select(score => (double)score)];
            foreach ((BeamResult result, double score) in results.Zip(scores))
                result.Score.Should().BeApproximately(score, 1e-5, setting);
        }
    }

    private static int MaxNewTokens(string name) =>
        int.Parse(Goldens.Documented(name, @"at most (?<value>\d+) new tokens"), CultureInfo.InvariantCulture);

    // Without the start token, and without the padding after the end.
    private static int[][] Texts(Tensor sequences, EncoderDecoderModel model, bool ends) => Array.ConvertAll(
        Models.Rows(sequences), row =>
        {
            int[] tokens = row[1..];
            int end = ends ? Array.FindIndex(tokens, id => model.EndOfText.Contains(id)) : -1;
            return end < 0 ? tokens : tokens[..(end + 1)];
        });

    [GeneratedRegex(@"^beam4\.lp(?<penalty>[\d.]+?)(\.es(?<early>[01]))?$")]
    private static partial Regex Setting();
}
