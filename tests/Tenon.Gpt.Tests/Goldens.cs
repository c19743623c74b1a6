using System.Text.Json.Nodes;
using Tenon.Safetensors;

namespace Tenon.Gpt.Tests;

/// <summary>Reference data of a folder in data/goldens, and models with its weights.</summary>
internal static class Goldens
{
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "data", "goldens", name);

    public static string File(string name, string file) => Path.Combine(Folder(name), file);

    public static Dictionary<string, Tensor> Read(string name, string file)
    {
        using SafetensorsFile opened = SafetensorsFile.Open(File(name, file));
        return opened.Tensors.Keys.ToDictionary(key => key, opened.Read);
    }

    public static GptModel Model(string name, string weights = "model.safetensors", Autocast? autocast = null)
    {
        var architecture = new GptArchitecture();
        GptOptions options = architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse(System.IO.File.ReadAllText(File(name, "config.json")))!));
        GptModel model = architecture.Build(options, new BuildContext(torch.CPU, autocast ?? new Autocast()));
        Load(model, architecture, File(name, weights));
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model, always the same.</summary>
    public static GptModel Tiny(GptOptions? options = null, Autocast? autocast = null)
    {
        torch.manual_seed(1);
        var architecture = new GptArchitecture();
        GptOptions resolved = architecture.Resolve(
            options ?? new GptOptions { Layers = 2, HiddenSize = 32, Heads = 4, ContextLength = 24, VocabularySize = 96, InitializerRange = 0.2, EndOfText = 0 },
            new ModelFacts(null, new SpecialTokens(), new DataFacts()));
        GptModel model = architecture.Build(resolved, new BuildContext(torch.CPU, autocast ?? new Autocast()));
        model.eval();
        return model;
    }

    public static void Load(GptModel model, GptArchitecture architecture, string path)
    {
        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var filled = new HashSet<string>();
        foreach (string name in file.Tensors.Keys)
        {
            if (architecture.WeightName(name) is not { } key)
                continue;
            file.ReadInto(name, parameters[key]);
            filled.Add(key);
        }

        filled.Should().BeEquivalentTo(parameters.Keys);
    }

    public static double Difference(Tensor a, Tensor b)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        a.shape.Should().Equal(b.shape);
        return (a.detach().to(torch.ScalarType.Float64) - b.detach().to(torch.ScalarType.Float64)).abs().max().item<double>();
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
