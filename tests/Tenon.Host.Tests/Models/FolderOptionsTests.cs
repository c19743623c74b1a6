using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Models;

namespace Tenon.Host.Tests.Models;

public sealed class FolderOptionsTests
{
    private const string Folder =
        "{ \"heads\": 3, \"layers\": 2, \"context\": 64, \"sizes\": [8, 16], \"epsilon\": 1e-5, \"mode\": \"fast\", \"dropout\": 0.1 }";

    [Theory]
    [InlineData("heads", "6", "'heads' is 6, but 3 in 'base'.")]
    [InlineData("context", "128", "'context' is 128, but at most 64 in 'base'.")]
    [InlineData("sizes:0", "9", "'sizes' is [9], but [8,16] in 'base'.")]
    [InlineData("epsilon", "1E-06", "'epsilon' is 1E-06, but 1E-05 in 'base'.")]
    [InlineData("mode", "Exact", "'mode' is 'exact', but 'fast' in 'base'.")]
    [InlineData("wide", "11", "'wide' is 11, but 12 in 'base'.")]
    public void A_value_that_differs_from_the_folders_is_refused_with_both(string key, string value, string message) =>
        FluentActions.Invoking(() => Apply((key, value))).Should().Throw<ModelException>().WithMessage(
            $"{message} The weights were trained with the folder's values: remove this setting or set it to null, or start without " +
            "'from'.");

    [Fact]
    public void All_values_that_differ_are_named_at_once() =>
        FluentActions.Invoking(() => Apply(("heads", "6"), ("layers", "4"))).Should().Throw<ModelException>().WithMessage(
            "'heads' is 6, but 3 in 'base', 'layers' is 4, but 2 in 'base'. *remove these settings or set them to null*");

    // The second: what a preset leaves open is filled in alike on both sides.
    [Theory]
    [InlineData("heads", "3")]
    [InlineData("wide", "12")]
    [InlineData("mode", "fast")]
    public void The_folders_own_value_is_allowed(string key, string value) => Apply((key, value)).Heads.Should().Be(3);

    [Fact]
    public void Null_and_nothing_take_the_folders_value()
    {
        Options applied = Apply(("heads", null), ("layers", ""), ("sizes", null), ("epsilon", null), ("mode", null));

        (applied.Heads, applied.Layers, applied.Epsilon, applied.Mode).Should().Be((3, 2, 1e-5, Mode.Fast));
        applied.Sizes.Should().Equal(8, 16);
        applied.Wide.Should().BeNull("resolving fills it in");
    }

    [Fact]
    public void A_shorter_context_and_what_does_not_belong_to_the_weights_are_the_recipes()
    {
        Options applied = Apply(("context", "16"), ("dropout", "0.5"), ("sizes:0", "8"), ("sizes:1", "16"));

        (applied.Context, applied.Dropout).Should().Be((16, 0.5));
        applied.Sizes.Should().Equal([8, 16], "a list of the recipe replaces the folder's");
    }

    [Fact]
    public void One_number_equals_a_list_of_it()
    {
        Options applied = Apply("""{ "sizes": [8, 8, 8] }""", ("sizes:0", "8"));

        applied.Sizes.Should().Equal(8);
    }

    [Theory]
    [InlineData("large", "'preset' is 'large', where 'heads' is 12, but 3 in 'base'.*")]
    [InlineData("base", null)]
    public void A_preset_of_another_size_is_refused(string preset, string? message)
    {
        FluentActions.Invoking(() => Apply(("preset", preset))).Should().Throw<ModelException>()
            .WithMessage(message ?? "'preset' is 'base', where 'layers' is 4, but 2 in 'base'.*");
        Apply("""{ "heads": 3, "layers": 4, "context": 64 }""", ("preset", "base")).Layers.Should().Be(4);
    }

    private static Options Apply(params (string Key, string? Value)[] recipe) => Apply(Folder, recipe);

    private static Options Apply(string folder, params (string Key, string? Value)[] recipe)
    {
        IConfiguration section = new ConfigurationBuilder()
            .AddInMemoryCollection(recipe.Select(pair => KeyValuePair.Create($"model:{pair.Key}", pair.Value))
                .Append(KeyValuePair.Create("model:from", (string?)"base")))
            .Build().GetSection("model");
        var facts = new ModelFacts(5, new SpecialTokens(), new DataFacts());
        return (Options)new FolderOptions(new Sized(), "base", facts)
            .Apply(new ModelConfiguration((JsonObject)JsonNode.Parse(folder)!), section);
    }

    private enum Mode
    {
        Exact,
        Fast,
    }

    private sealed record Options
    {
        public string? Preset { get; init; }

        [TrainedWith]
        public int? Heads { get; init; }

        [TrainedWith]
        public int? Layers { get; init; }

        [TrainedWith(AllowsLess = true)]
        public int? Context { get; init; }

        [TrainedWith]
        public IReadOnlyList<int>? Sizes { get; init; }

        [TrainedWith]
        public double Epsilon { get; init; } = 1e-12;

        [TrainedWith]
        public Mode Mode { get; init; }

        [TrainedWith]
        public int? Wide { get; init; }

        [TrainedWith]
        public int? Vocabulary { get; init; }

        public double Dropout { get; init; }
    }

    // A network whose presets are 'base' (3 heads, 4 layers) and 'large' (12 heads, 4 layers).
    private sealed class Sized : IArchitecture<Options, IModel>
    {
        private static readonly JsonSerializerOptions _json =
            new(JsonSerializerDefaults.Web) { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } };

        public Options Resolve(Options options, ModelFacts facts) => options with
        {
            Heads = options.Heads ?? (options.Preset == "large" ? 12 : 3),
            Layers = options.Layers ?? 4,
            Context = options.Context ?? 64,
            Wide = options.Wide ?? 4 * (options.Heads ?? 3),
            Vocabulary = options.Vocabulary ?? facts.VocabularySize ?? 100,
        };

        public IModel Build(Options options, BuildContext context) => throw new NotSupportedException();

        public ModelConfiguration Describe(Options options) => throw new NotSupportedException();

        public Options Read(ModelConfiguration configuration) => configuration["config.json"].Deserialize<Options>(_json)!;
    }
}
