namespace Tenon.Gpt.Tests;

internal static class Models
{
    private static readonly GptArchitecture Architecture = new();

    /// <summary>A model with reference weights.</summary>
    public static GptModel Golden(string name, string weights = "model.safetensors", Autocast? autocast = null)
    {
        GptModel model = Architecture.Build(Architecture.Read(Goldens.Configuration(name)),
            new BuildContext(torch.CPU, autocast ?? new Autocast()));
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(name, weights)).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model, always the same.</summary>
    public static GptModel Tiny(GptOptions? options = null, Autocast? autocast = null)
    {
        torch.manual_seed(1);
        GptOptions resolved = Architecture.Resolve(
            options ?? new GptOptions
            {
                Layers = 2,
                HiddenSize = 32,
                Heads = 4,
                ContextLength = 24,
                VocabularySize = 96,
                InitializerRange = 0.2,
                EndOfText = 0
            },
            new ModelFacts(null, new SpecialTokens(), new DataFacts()));
        GptModel model = Architecture.Build(resolved, new BuildContext(torch.CPU, autocast ?? new Autocast()));
        model.eval();
        return model;
    }

    public static float[] Values(Tensor tensor) => [.. tensor.detach().cpu().contiguous().data<float>()];

    public static Tensor Ids(params long[][] rows)
    {
        var ids = new long[rows.Length, rows[0].Length];
        foreach ((int row, long[] values) in rows.Index())
        {
            for (int t = 0; t < values.Length; t++)
                ids[row, t] = values[t];
        }

        return torch.tensor(ids);
    }
}
