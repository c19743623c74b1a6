using System.Globalization;
using Tenon.Host.Models;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Export.Tests;

/// <summary>Compares the results of llama.cpp with an exported file to those of Tenon with the folder.</summary>
[Collection(WorkshopGroup.Name)]
public sealed class LlamaCppTests(Workshop workshop)
{
    private const int Prompts = 20, Continuation = 64, Context = 128;
    private const double PerplexityTolerance = 0.005;

    public static TheoryData<string> Names => Shapes.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Float32_continues_prompts_with_the_same_tokens(string shape)
    {
        string folder = workshop.Train(shape, Shapes.Of(shape));
        using OpenedModel opened = workshop.Open(folder);
        using var llama = new LlamaCpp(workshop.Export(folder), Context);

        Compare(opened, llama);
    }

    [Theory]
    [InlineData("gpt", "f16")]
    [InlineData("gpt", "bf16")]
    [InlineData("gpt", "q8_0")]
    [InlineData("llama", "f16")]
    [InlineData("llama", "bf16")]
    [InlineData("llama", "q8_0")]
    [InlineData("qwen3", "f16")]
    [InlineData("qwen3", "bf16")]
    [InlineData("qwen3", "q8_0")]
    public void Other_formats_have_nearly_the_same_perplexity(string shape, string weights)
    {
        string folder = workshop.Train(shape, Shapes.Of(shape));
        using OpenedModel opened = workshop.Open(folder);
        using var llama = new LlamaCpp(workshop.Export(folder, "--weights", weights), Context);
        int[] ids = [.. opened.Tokenizer!.Encode(Workshop.Text(60, seed: 99))];

        double expected = Perplexity(ids, window => Logits(opened, window)), actual = Perplexity(ids, llama.Logits);

        expected.Should().BeLessThan(opened.Tokenizer!.VocabularySize / 10.0, "the model has learned something");
        (actual / expected).Should().BeApproximately(1, PerplexityTolerance);
    }

    [Fact]
    public void A_merged_adapter_and_a_separate_one_continue_prompts_with_the_same_tokens()
    {
        string folder = workshop.Train("llama", Shapes.Of("llama"));
        File.WriteAllText(workshop.At("text.txt"), Workshop.Text(1500, seed: 8).Replace("cat", "river", StringComparison.Ordinal));
        string adapter = workshop.Train(
            "lora", $$"""{ "use": "llama", "from": "{{folder}}" }""", steps: 40, strategy: """{ "use": "lora", "rank": 4, "alpha": 16 }""");
        using OpenedModel opened = workshop.Open(adapter);
        using var merged = new LlamaCpp(workshop.Export(adapter), Context);
        using var applied = new LlamaCpp(workshop.Export(folder), Context);
        using var plain = new LlamaCpp(workshop.Export(folder), Context);
        applied.Apply(workshop.Export(adapter, "--lora"));

        Compare(opened, merged);
        Compare(opened, applied);
        plain.Continue(Prompt(opened, 0), Continuation).Should().NotEqual(merged.Continue(Prompt(opened, 0), Continuation));
    }

    private static void Compare(OpenedModel opened, LlamaCpp llama)
    {
        for (int number = 0; number < Prompts; number++)
        {
            int[] prompt = Prompt(opened, number);

            llama.Continue(prompt, Continuation).Should().Equal(Continue(opened, prompt), "of prompt {0}", number);
        }
    }

    private static int[] Prompt(OpenedModel opened, int number) =>
        [.. opened.Tokenizer!.Encode(Workshop.Text(2, seed: 1000 + number)).Take(8 + number)];

    private static int[] Continue(OpenedModel opened, int[] prompt)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        var model = (ICausalLanguageModel)opened.Model;
        using IKeyValueCache cache = model.NewCache(1, Context);
        var made = new List<int>();
        int[] next = prompt;
        while (made.Count < Continuation)
        {
            using DisposeScope step = torch.NewDisposeScope();
            Tensor logits = model.Logits(torch.tensor(next.Select(id => (long)id).ToArray()).unsqueeze(0), cache: cache, lastOnly: true);
            made.Add((int)logits.argmax(-1).item<long>());
            next = [made[^1]];
        }

        return [.. made];
    }

    private static float[][] Logits(OpenedModel opened, int[] ids)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        var model = (ICausalLanguageModel)opened.Model;
        return [.. model.Logits(torch.tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0)).data<float>().ToArray()
            .Chunk(model.VocabularySize)];
    }

    // The perplexity of all tokens except the first of each window.
    private static double Perplexity(int[] ids, Func<int[], float[][]> logits)
    {
        double sum = 0;
        int count = 0;
        foreach (int[] window in ids.Chunk(Context).Where(window => window.Length == Context))
        {
            float[][] rows = logits(window);
            for (int i = 0; i + 1 < window.Length; i++, count++)
            {
                double largest = rows[i].Max();
                sum += largest + Math.Log(rows[i].Sum(logit => Math.Exp(logit - largest))) - rows[i][window[i + 1]];
            }
        }

        count.Should().BeGreaterThan(500, string.Create(CultureInfo.InvariantCulture, $"of {ids.Length} ids"));
        return Math.Exp(sum / count);
    }
}
