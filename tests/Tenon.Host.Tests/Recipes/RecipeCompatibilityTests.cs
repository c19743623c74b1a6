namespace Tenon.Host.Tests.Recipes;

/// <summary>Errors between sections, such as components that do not fit each other.</summary>
public sealed class RecipeCompatibilityTests : RecipeReaderTest
{
    [Fact]
    public void Refuses_a_strategy_whose_capability_the_model_lacks() =>
        Messages(Fine.Replace("\"descend\", \"author\": \"us\"", "\"prompt\"")).Should().Equal(
        "6: strategy:use: The strategy 'prompt' needs a model that is prompt tunable, but models of the architecture 'linear' are not. " +
        "Suitable architectures: none. Strategies that fit: descend, please.");

    [Fact]
    public void Refuses_data_that_the_model_cannot_learn_from() => Messages(Fine.Replace("labelled", "images")).Should().Equal(
        "4: data:use: The data 'images' yields image examples, but the architecture 'linear' with the strategy 'descend' learns from " +
        "labelled text examples. Data that fits: labelled.");

    [Fact]
    public void Text_is_fine_for_a_model_of_tokens_with_a_tokenizer()
    {
        string texts = Fine.Replace("labelled", "texts").Replace("\"linear\", \"size\": 3", "\"echo\"");

        Messages(texts).Should().Equal(
            "1: tokenizer: is missing: models of the architecture 'echo' learn from tokens. Add \"tokenizer\": { \"use\": \"…\" }; " +
            "available: letters.");
        Messages(texts.Replace("\"training\"", "\"tokenizer\": { \"use\": \"letters\" }, \"training\"")).Should().BeEmpty();
    }

    [Fact]
    public void Says_what_is_wrong_with_rewards()
    {
        Messages(Pleasing("null")).Should().Equal(
            "7: reward: is missing: the strategy 'please' needs a reward. Add \"reward\": { \"use\": \"…\" }; available: bright, kind.");
        Messages(Pleasing("""[{ "use": "kid" }, { "use": "kind", "weight": "much", "words": 1 }]""")).Should().Equal(
            "7: reward:0:use: is 'kid', but no plugin provides this reward. Did you mean 'kind'? Available: bright, kind.",
            "7: reward:1:words: is not a key of the reward 'kind'. Did you mean 'word'? Valid keys are use, weight, word.",
            "7: reward:1:weight: is \"much\"; it must be a number.");
        Messages(Fine.Replace("\"training\"", "\"reward\": { \"use\": \"kind\" }, \"training\"")).Should().Equal(
            "7: reward: has no effect: neither the strategy 'descend' nor the data 'labelled' uses a reward. Remove the section. " +
            "Strategies that use one: please.");
        Messages(Pleasing("""{ "use": "bright" }""").Replace("\"linear\", \"size\": 3", "\"echo\"")
            .Replace("\"reward\"", "\"tokenizer\": { \"use\": \"letters\" }, \"reward\"")).Should().Equal(
            "7: reward:use: The reward 'bright' scores image outcomes, but the outcomes of the architecture 'echo' are text outcomes. " +
            "Rewards that fit: kind.");
    }

    [Theory]
    [InlineData("", "1", null)]
    [InlineData("", "8", null)]
    [InlineData("", "9", "is 9, but a batch of 8 rows (training:batchSize) has 8 minibatches of 1 (strategy:rows); allowed: 1 … 8. " +
        "Lower accumulate, or raise training:batchSize.")]
    [InlineData("", "5", "is 5, but a batch of 8 rows (training:batchSize) has 4 minibatches of 2 (strategy:rows); allowed: 1 … 4. " +
        "Lower accumulate, or raise training:batchSize.")]
    [InlineData(", \"rows\": 3", "3", null)]
    [InlineData(", \"rows\": 3", "4", "is 4, but a batch of 8 rows (training:batchSize) has 3 minibatches of 3 (strategy:rows); " +
        "allowed: 1 … 3. Lower accumulate or strategy:rows, or raise training:batchSize.")]
    [InlineData(", \"rows\": 100", "2", "is 2, but a batch of 8 rows (training:batchSize) has 1 minibatch of 8 (strategy:rows); " +
        "allowed: 1 … 1. Lower accumulate or strategy:rows, or raise training:batchSize.")]
    public void Says_that_an_update_has_more_minibatches_than_a_batch(string rows, string accumulate, string? sentence)
    {
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", $"\"please\"{rows}")
            .Replace("\"steps\": 7", $"\"batchSize\": 8, \"accumulate\": {accumulate}");

        Messages(recipe).Should().Equal(sentence is null ? [] : [$"7: training:accumulate: {sentence}"]);
        if (sentence is not null)
            Read(recipe).Findings.Single().Found.Should().Be(accumulate);
    }

    [Fact]
    public void Says_that_an_adapter_has_no_model_below_it_and_what_is_wrong_with_items_all_at_once()
    {
        string recipe = Pleasing("""{ "use": "kind" }""").Replace("\"please\"", """
            "please",
            "adapter": { "deviation": 0.25 },
            "numbers": [0, -1, 9]
            """);

        Messages(recipe).Should().Equal(
            "5: model:from: is missing: the strategy 'please' trains an adapter (strategy:adapter) on a frozen model. Without " +
            "model:from, the model's parameters would be random and would not be saved. Set model:from to the folder of a trained " +
            "model, or remove strategy:adapter.",
            "8: strategy:numbers:1: is -1; allowed: 0 … 8.",
            "8: strategy:numbers:2: is 9; allowed: 0 … 8.");
        Messages(recipe.Replace("\"adapter\": { \"deviation\": 0.25 }", "\"adapter\": null").Replace("-1, 9", "8")).Should().BeEmpty();
        Messages(recipe.Replace("\"size\": 3", "\"size\": 3, \"from\": \"elsewhere\"").Replace("-1, 9", "8")).Should().BeEmpty();
    }
}
