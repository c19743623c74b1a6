using Tenon.Bert;
using Tenon.Gpt;
using Tenon.Layers;
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

    /// <summary>GPT-2 with reference weights in the format of a frozen base, in train mode.</summary>
    public static GptModel FrozenGpt(WeightFormat format) => LoadFrozen(
        Gpt.Build(Gpt.Read(Goldens.Configuration("gpt2-tiny")), Frozen(format)), Gpt.WeightName, "gpt2-tiny");

    /// <summary>Qwen2 with reference weights in the format of a frozen base, in train mode.</summary>
    public static LlamaModel FrozenQwen2(WeightFormat format) => LoadFrozen(
        Llama.Build(Llama.Read(Goldens.Configuration("qwen2-tiny")), Frozen(format)), Llama.WeightName, "qwen2-tiny");

    /// <summary>GPT-2 whose reference weights are rounded as in <see cref="FrozenGpt"/>.</summary>
    public static GptModel RoundedGpt(WeightFormat format)
    {
        GptModel model = GoldenGpt();
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (ILinearMap map in model.modules().OfType<ILinearMap>())
            Round(map.Weight, map.Transposed, format);
        Round(model.TokenEmbeddings, transposed: false, PackedWeight.OfTable(format)!.Value);
        return model;

        static void Round(Tensor weight, bool transposed, WeightFormat format)
        {
            Tensor oriented = transposed ? weight.t() : weight;
            using PackedWeight packed = PackedWeight.Of(oriented, bias: null, format);
            oriented.copy_(packed.Dequantize(torch.ScalarType.Float32));
        }
    }

    /// <summary>Qwen2 with reference weights, in eval mode.</summary>
    public static LlamaModel GoldenQwen2() => Load(
        Llama.Build(Llama.Read(Goldens.Configuration("qwen2-tiny")), new BuildContext(torch.CPU, new Autocast())),
        Llama.WeightName, "qwen2-tiny");

    /// <summary>BERT with reference weights, in eval mode.</summary>
    public static BertModel GoldenBert() => Load(
        Bert.Build(Bert.Read(Goldens.Configuration("bert-tiny-seqcls")), new BuildContext(torch.CPU, new Autocast())),
        Bert.WeightName, "bert-tiny-seqcls");

    /// <summary>A copy of every parameter's values, by name.</summary>
    public static Dictionary<string, float[]> Values(IModel model) =>
        model.Module.named_parameters().ToDictionary(p => p.name, p => Values(p.parameter));

    public static float[] Values(Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. tensor.detach().cpu().contiguous().data<float>()];
    }

    private static BuildContext Frozen(WeightFormat format) =>
        new(torch.CPU, new Autocast()) { PackedOnly = format, IsFrozenBase = true };

    private static T LoadFrozen<T>(T model, Func<string, string?> weightName, string golden) where T : CausalLanguageModel
    {
        Dictionary<string, Tensor> state = model.state_dict();
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((string file, Tensor tensor) in Goldens.Read(golden, "model.safetensors"))
        {
            if (weightName(file) is { } name && !model.LoadPacked(name, (first, count) => tensor.narrow(0, first, count)))
                state[name].copy_(tensor).DetachFromDisposeScope();
        }

        return model;
    }

    private static T Load<T>(T model, Func<string, string?> weightName, string golden) where T : torch.nn.Module, IModel
    {
        Goldens.Fill(model, weightName, Goldens.File(golden, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }
}
