using Tenon.Bert;
using Tenon.Gpt;
using Tenon.Llama;

// Torch's threads, random generator and live tensors belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tenon.Adapters.Tests;

/// <summary>Models to adapt.</summary>
internal static class Models
{
    private static readonly GptArchitecture Gpt = new();
    private static readonly BertArchitecture Bert = new();
    private static readonly LlamaArchitecture Llama = new();

    /// <summary>GPT-2 with reference weights, in eval mode.</summary>
    public static GptModel GoldenGpt() => Load(
        Gpt.Build(Gpt.Read(Goldens.Configuration("gpt2-tiny")), new BuildContext(torch.CPU, new Autocast())), Gpt.WeightName, "gpt2-tiny");

    /// <summary>Qwen2 with reference weights, in eval mode.</summary>
    public static LlamaModel GoldenQwen2() => Load(
        Llama.Build(Llama.Read(Goldens.Configuration("qwen2-tiny")), new BuildContext(torch.CPU, new Autocast())), Llama.WeightName, "qwen2-tiny");

    /// <summary>BERT with reference weights, in eval mode.</summary>
    public static BertModel GoldenBert() => Load(
        Bert.Build(Bert.Read(Goldens.Configuration("bert-tiny-seqcls")), new BuildContext(torch.CPU, new Autocast())), Bert.WeightName, "bert-tiny-seqcls");

    /// <summary>A copy of every parameter's values, by name.</summary>
    public static Dictionary<string, float[]> Values(IModel model) =>
        model.Module.named_parameters().ToDictionary(p => p.name, p => Values(p.parameter));

    public static float[] Values(Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. tensor.detach().cpu().contiguous().data<float>()];
    }

    private static T Load<T>(T model, Func<string, string?> weightName, string golden) where T : torch.nn.Module, IModel
    {
        Goldens.Fill(model, weightName, Goldens.File(golden, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }
}
