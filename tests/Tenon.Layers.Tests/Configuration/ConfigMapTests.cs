using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Tenon.Layers.Tests.Configuration;

public class ConfigMapTests
{
    [Fact]
    public void Keys_are_written_in_the_order_of_the_table()
    {
        JsonObject written = ConfigMap.Write(new Toy { Sizes = [1, 2], Labels = ["a", "b"], Pad = 3 }, Toy.Map);

        written.ToJsonString().Should().Be(
            """
            {"architectures":["ToyEncoder"],"kind":"toy","hidden_size":8,"rate":0.5,"pad":3,"act":"relu","sizes":[1,2],"paths":["left","right"],"cache":true,
            "id2label":{"0":"a","1":"b"},"label2id":{"a":0,"b":1}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void Written_files_are_read_back()
    {
        var toy = new Toy
        {
            HiddenSize = 16,
            Rate = 0.25,
            Pad = null,
            Act = "gelu",
            Sizes = [3],
            Paths = [Path.Right],
            Decodes = true,
            Labels = ["a"]
        };

        Read(ConfigMap.Write(toy, Toy.Map)).Should().BeEquivalentTo(toy);
    }

    [Fact]
    public void Missing_keys_take_the_reference_s_defaults() =>
        Read([]).Should().BeEquivalentTo(new Toy
        {
            HiddenSize = 768,
            Rate = 0.1,
            Pad = 7,
            Act = "gelu",
            Sizes = [4],
            Paths = [Path.Left],
            Decodes = false,
            Labels = null
        });

    [Fact]
    public void Null_is_a_value_where_it_has_a_meaning_and_an_error_elsewhere()
    {
        Read(Parse("""{"pad": null}""")).Pad.Should().BeNull();
        Refused("""{"hidden_size": null}""", "config.json: 'hidden_size' is null, which is not a whole number.");
    }

    [Theory]
    [InlineData("""{"kind": "other"}""", "config.json: 'kind' is \"other\"; only \"toy\" is supported. Others have different weights.")]
    [InlineData("""{"kind": null}""", "config.json: 'kind' is null; only \"toy\" is supported.*")]
    [InlineData("""{"is_sparse": true}""", "config.json: 'is_sparse' is true; only false is supported.")]
    [InlineData("""{"act": "rely"}""", "config.json: 'act' is \"rely\", which is not supported. Did you mean 'relu'? Supported: gelu, relu.")]
    [InlineData("""{"act": 3}""", "config.json: 'act' is 3, which is not a string.")]
    [InlineData("""{"paths": ["left", "up"]}""", "config.json: 'paths' is \"up\", which is not supported. Supported: left, right.")]
    [InlineData("""{"hidden_size": "eight"}""", "config.json: 'hidden_size' is \"eight\", which is not a whole number.")]
    [InlineData("""{"hidden_size": 8.5}""", "config.json: 'hidden_size' is 8.5, which is not a whole number.")]
    [InlineData("""{"hidden_size": -8}""", "config.json: 'hidden_size' is -8. Allowed: 1 … 1000.")]
    [InlineData("""{"rate": true}""", "config.json: 'rate' is true, which is not a number.")]
    [InlineData("""{"sizes": [1, null]}""", "config.json: 'sizes' is [1,null], which is not a list of whole numbers.")]
    [InlineData("""{"architectures": ["ToyDreamer"]}""", "config.json: 'architectures' is \"ToyDreamer\", which is not supported. Supported: ToyEncoder, ToyDecoder, ToyModel.")]
    [InlineData("""{"id2label": {"0": "a", "2": "b"}}""", "config.json: 'id2label' has the key '2'; with 2 classes the keys are 0 … 1, each once.")]
    [InlineData("""{"id2label": ["a"]}""", "config.json: 'id2label' is [\"a\"], which is not an object of strings.")]
    [InlineData("""{"hiden_size": 8}""", "config.json: 'hiden_size' is 8, but this architecture does not have this key. Did you mean 'hidden_size'? Known: *")]
    public void Unsupported_values_are_rejected_with_file_key_and_value(string config, string message) => Refused(config, message);

    [Fact]
    public void Empty_keys_and_keys_without_effect_are_accepted() =>
        Read(Parse("""{"mystery": null, "other": false, "_name": "x", "cache": 3, "ignored": 1}""")).Should().BeEquivalentTo(Read([]));

    [Fact]
    public void The_number_of_classes_alone_gives_them_names() => Read(Parse("""{"num_labels": 2}""")).Labels.Should().Equal("LABEL_0", "LABEL_1");

    [Fact]
    public void A_class_that_is_read_like_another_is_not_written()
    {
        Read(Parse("""{"architectures": ["ToyModel"]}""")).Decodes.Should().BeFalse();
        Read(Parse("""{"architectures": null}""")).Decodes.Should().BeFalse();
        ConfigMap.Write(new Toy { Decodes = true }, Toy.Map)["architectures"]!.ToJsonString().Should().Be("""["ToyDecoder"]""");
    }

    [Fact]
    public void Options_that_are_not_resolved_are_not_written()
    {
        Action write = () => ConfigMap.Write(new Toy { HiddenSize = null }, Toy.Map);
        write.Should().Throw<ModelException>().WithMessage("'hiddenSize' is not set because the options are not resolved.*");
    }

    [Fact]
    public void A_section_has_its_own_table_and_messages_name_both_keys()
    {
        JsonObject written = ConfigMap.Write(new Toy { Rate = 0.25 }, Nested);
        written.ToJsonString().Should().Be("""{"inner":{"rate":0.25,"hidden_size":8}}""");
        ConfigMap.Write(new Toy { Rate = 4 }, Nested).ToJsonString().Should().Be("""{"inner":{"rate":4.0,"hidden_size":8}}""");
        ConfigMap.Read(new ModelConfiguration(written), "config.json", new Toy(), Nested).Should()
            .BeEquivalentTo(new { Rate = 0.25, HiddenSize = 8 });
        RefusedNested("""{"inner": {"hidden_size": 2000}}""", "config.json: inner: 'hidden_size' is 2000. Allowed: 1 … 1000.");
        RefusedNested("""{"inner": {"rat": 1}}""", "config.json: inner: 'rat' is 1, but *Did you mean 'rate'?*");
        RefusedNested("""{"inner": [1]}""", "config.json: 'inner' is [1], which is not an object.");
        RefusedNested("{}", "config.json: 'inner' is null, which is not an object.");

        static Toy Nested(ConfigMap map, Toy options) => map.Section("inner", options, (inner, toy) =>
        {
            Toy read = toy with { Rate = inner.Value("rate", toy.Rate, 0.1), HiddenSize = inner.Value("hidden_size", toy.HiddenSize, 768) };
            inner.RejectUnmapped();
            return read;
        });

        static void RefusedNested(string config, string message) =>
            FluentActions.Invoking(() => ConfigMap.Read(new ModelConfiguration(Parse(config)), "config.json", new Toy(), Nested))
                .Should().Throw<ModelException>().WithMessage(message);
    }

    private static Toy Read(JsonObject config) => ConfigMap.Read(new ModelConfiguration(config), "config.json", new Toy(), Toy.Map);

    private static JsonObject Parse(string config) => (JsonObject)JsonNode.Parse(config)!;

    private static void Refused(string config, string message)
    {
        Action read = () => Read(Parse(config));
        read.Should().Throw<ModelException>().WithMessage(message);
    }

    public enum Path
    {
        Left,
        Right,
    }

    public sealed record Toy
    {
        [Range(1, 1000)]
        public int? HiddenSize { get; init; } = 8;

        public double Rate { get; init; } = 0.5;

        public int? Pad { get; init; }

        public string Act { get; init; } = "relu";

        public IReadOnlyList<int>? Sizes { get; init; } = [];

        public IReadOnlyList<Path> Paths { get; init; } = [Path.Left, Path.Right];

        public bool Decodes { get; init; }

        public IReadOnlyList<string>? Labels { get; init; }

        public static Toy Map(ConfigMap map, Toy options)
        {
            (string, Path)[] paths = [("left", Path.Left), ("right", Path.Right)];
            bool decodes = map.ModelClass(options.Decodes, false, [("ToyEncoder", false), ("ToyDecoder", true), ("ToyModel", false)]);
            map.Constant("kind", "toy", "Others have different weights.");
            map.Require("is_sparse", false);
            Toy mapped = options with
            {
                Decodes = decodes,
                HiddenSize = map.Value("hidden_size", options.HiddenSize, 768),
                Rate = map.Value("rate", options.Rate, 0.1),
                Pad = map.Optional("pad", options.Pad, missing: 7),
                Act = map.Text("act", options.Act, "gelu", ["gelu", "relu"]),
                Sizes = map.List("sizes", options.Sizes, [4]),
                Paths = map.Choices("paths", options.Paths, [Path.Left], paths),
            };
            map.Note("cache", true);
            map.Ignore("ignored");
            mapped = mapped with { Labels = map.Labels(options.Labels) };
            map.RejectUnmapped();
            return mapped;
        }
    }
}
