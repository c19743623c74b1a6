using Tenon.Host.Serving;

namespace Tenon.Server.Tests;

/// <summary>A served model with a smaller one that proposes tokens.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class DraftServingTests(Served served)
{
    [Fact]
    public async Task Greedy_texts_and_their_scores_equal_those_without_a_draft()
    {
        await using ServedModel model = await OpenAsync(draft: served.Model("chat"));
        string[] prompts = ["dog", "the cat sees the bird.", "x"];

        List<TextPart>[] plain = await Task.WhenAll(prompts.Select(prompt => ReadAsync(served.Chat.Engine!, prompt)));
        List<TextPart>[] proposed = await Task.WhenAll(prompts.Select(prompt => ReadAsync(model.Engine!, prompt)));

        foreach ((List<TextPart> with, List<TextPart> without) in proposed.Zip(plain))
        {
            string.Concat(with.Select(part => part.Text)).Should().Be(string.Concat(without.Select(part => part.Text)));
            with.SelectMany(part => part.Tokens).Select(token => token.Id).Should()
                .Equal(without.SelectMany(part => part.Tokens).Select(token => token.Id));
            (with[^1].TokenCount, with[^1].Ending).Should().Be((without[^1].TokenCount, without[^1].Ending));
            with.Count.Should().BeLessThan(without.Count, "a step has several tokens");
        }
    }

    [Fact]
    public async Task A_draft_with_another_tokenizer_is_refused()
    {
        Func<Task> open = () => OpenAsync(draft: served.Model("masked"));

        await open.Should().ThrowAsync<ModelException>().WithMessage("*masked' cannot be the draft: *");
    }

    private Task<ServedModel> OpenAsync(string draft) => ServedModel.OpenAsync(
        served.Host, "chat", new ModelOpening(served.Model("chat"), "cpu", ["--device:threads=1"], "auto") { Draft = draft }, Served.Limits);

    private static async Task<List<TextPart>> ReadAsync(GenerationEngine engine, string prompt)
    {
        var request = new TextRequest(engine.Prompt(prompt), new SamplingOptions { MaxNewTokens = 40, Temperature = 0 }, new SeededRandom(1), [])
        {
            TopScores = 0,
        };
        using TextAnswers answers = engine.Start([request], CancellationToken.None);
        List<TextPart> parts = [];
        await foreach ((int _, TextPart part) in answers.ReadAsync())
            parts.Add(part);
        return parts;
    }
}
