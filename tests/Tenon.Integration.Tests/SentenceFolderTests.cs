using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Folders of sentence models: pooling, normalization and the length of sentences.</summary>
[Collection(InOneProcess.Name)]
public sealed class SentenceFolderTests : HubFolderTest
{
    [Fact]
    public void An_embedding_is_pooled_as_the_folder_or_the_option_says()
    {
        string folder = Copy("bert-two-heads");
        float[] mean = Vector(Tenon("embed", folder, "@the fox runs", "--json"));
        float[] cls = Vector(Tenon("embed", folder, "@the fox runs", "--pooling", "cls", "--json"));
        float[] last = Vector(Tenon("embed", folder, "@the fox runs", "--pooling", "last", "--normalize", "--json"));
        Vector(Tenon("embed", folder, "@the fox runs", "--pooling", "mean", "--json")).Should().Equal(mean);
        Math.Sqrt(last.Sum(x => (double)x * x)).Should().BeApproximately(1, 1e-5);
        cls.Should().NotEqual(mean);

        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        Change(folder, "1_Pooling/config.json", config => config["pooling_mode_cls_token"] = true);
        Vector(Tenon("embed", folder, "@the fox runs", "--json")).Should().Equal(cls);

        Modules(folder, "Transformer", "Pooling", "Normalize");
        double length = Math.Sqrt(cls.Sum(x => (double)x * x));
        float[] normalized = Vector(Tenon("embed", folder, "@the fox runs", "--json"));
        normalized.Zip(cls, (a, b) => Math.Abs(a - b / length)).Max().Should().BeLessThan(1e-6);
        Vector(Tenon("embed", folder, "@the fox runs", "--normalize", "false", "--json")).Should().Equal(cls);

        Modules(folder, "Transformer", "Pooling", "Dense");
        ProgramResult dense = Tenon("embed", folder, "x");
        dense.ExitCode.Should().Be(4, dense.All);
        dense.Errors.Should().Contain("has a module of type Dense; supported: Transformer, Pooling and Normalize.");
        Vector(Tenon("embed", folder, "@the fox runs", "--pooling", "cls", "--json")).Should().Equal(cls);
        Modules(folder, "Transformer", "Pooling");
        Change(folder, "1_Pooling/config.json", config => config["pooling_mode_weightedmean_tokens"] = true);
        Tenon("embed", folder, "x").Errors.Should()
            .Contain("'pooling_mode_weightedmean_tokens' is true; supported: pooling_mode_cls_token, ");
        Tenon("embed", folder, "x", "--pooling", "middle").ExitCode.Should().Be(2);
    }

    [Fact]
    public void Texts_are_cut_at_the_sentence_length_of_the_folder()
    {
        string folder = Copy("bert-two-heads");
        float[] two = Vector(Tenon("embed", folder, "the fox", "--pooling", "mean", "--json"));
        Change(folder, "sentence_bert_config.json", config => config["max_seq_length"] = 4);
        Modules(folder, "Transformer");

        Vector(Tenon("embed", folder, "the fox the river", "--pooling", "mean", "--json")).Should().Equal(two);
    }

    [Fact]
    public void Trained_and_merged_models_embed_as_the_folder_they_come_from()
    {
        string folder = Copy("bert-two-heads"), merged = At("merged");
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        Change(folder, "1_Pooling/config.json", config => config["pooling_mode_cls_token"] = true);
        Change(folder, "sentence_bert_config.json", config => config["max_seq_length"] = 4);
        Modules(folder, "Transformer", "Pooling", "Normalize");
        File.WriteAllLines(At("text.txt"),
            Enumerable.Range(0, 2000).Select(i => i % 2 == 0 ? "the fox runs" : "the river runs"));
        string tuned = Train("pretrain"), lora = Train("lora");

        ProgramResult merge = Tenon("merge", lora, "--output", merged);

        merge.ExitCode.Should().Be(0, merge.All);
        float[][] embedded = [.. new[] { tuned, lora, merged }.Select(written =>
        {
            float[] vector = Vector(Tenon("embed", written, "the fox the river", "--json"));
            vector.Should().Equal(Vector(Tenon("embed", written, "the fox", "--pooling", "cls", "--normalize", "--json")), written);
            return vector;
        })];
        embedded[2].Zip(embedded[1], (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-5f);

        string Train(string strategy)
        {
            string recipe = At($"{strategy}.json");
            File.WriteAllText(recipe, $$"""
                {
                  "name": "{{strategy}}", "device": { "use": "cpu", "threads": 1 },
                  "data": { "use": "text-files", "files": ["text.txt"], "documents": "line" },
                  "model": { "use": "bert", "from": {{JsonSerializer.Serialize(folder)}} }, "strategy": { "use": "{{strategy}}" },
                  "training": { "steps": 2, "batchSize": 4 }, "validation": { "batches": 1 }
                }
                """);
            ProgramResult run = Tenon("run", recipe);
            run.ExitCode.Should().Be(0, run.All);
            return At("runs", strategy);
        }
    }

    private static float[] Vector(ProgramResult embed)
    {
        embed.ExitCode.Should().Be(0, embed.All);
        return JsonNode.Parse(embed.Output)![0]!["vector"]!.Deserialize<float[]>()!;
    }

    private static void Modules(string folder, params string[] types) => File.WriteAllText(
        Path.Combine(folder, "modules.json"),
        new JsonArray([.. types.Select(type => (JsonNode)new JsonObject
        {
            ["type"] = $"sentence_transformers.models.{type}",
            ["path"] = type == "Pooling" ? "1_Pooling" : "",
        })]).ToJsonString());
}
