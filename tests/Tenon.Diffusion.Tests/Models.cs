using System.Runtime.CompilerServices;
using Tenon.Host.Native;
using Tenon.Safetensors;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tenon.Diffusion.Tests;

/// <summary>Models for tests, some with the weights of diffusers' reference data.</summary>
internal static class Models
{
    public static DiffusionArchitecture Architecture { get; } = new();

    // Models here are too small for a second thread to pay, and threads that wait for each other stall a busy machine.
    [ModuleInitializer]
    internal static void PrepareTorch()
    {
        TorchRuntime.Prepare();
        torch.set_num_threads(1);
    }

    public static BuildContext Cpu => new(torch.CPU, new Autocast());

    /// <summary>The options of a reference model.</summary>
    /// <param name="name">The folder of the reference data.</param>
    public static DiffusionOptions TinyOptions(string name = "ddpm-tiny") => Architecture.Read(Goldens.Configuration(name));

    /// <summary>A reference model in eval mode.</summary>
    /// <param name="change">Changes the options of the folder.</param>
    /// <param name="name">The folder of the reference data.</param>
    public static DiffusionModel TinyModel(Func<DiffusionOptions, DiffusionOptions>? change = null, string name = "ddpm-tiny")
    {
        DiffusionOptions options = TinyOptions(name);
        DiffusionModel model = Architecture.Build(change?.Invoke(options) ?? options, Cpu);
        Load(model, Goldens.File(name, "model.safetensors")).Should().BeEquivalentTo(model.Module.state_dict().Keys);
        model.Module.eval();
        return model;
    }

    /// <summary>Copies a file's tensors into a model.</summary>
    /// <returns>The names that were loaded.</returns>
    public static IReadOnlyList<string> Load(DiffusionModel model, string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using IDisposable noGrad = torch.no_grad();
        Dictionary<string, Tensor> state = model.Module.state_dict();
        List<string> loaded = [];
        foreach (string name in file.Tensors.Keys)
        {
            if (Architecture.WeightName(name) is not { } known)
                continue;
            file.ReadInto(name, state[known]);
            loaded.Add(known);
        }

        return loaded;
    }

    public static DiffusionOptions Resolve(DiffusionOptions options, DataFacts? data = null) =>
        Architecture.Resolve(options, new ModelFacts(null, default!, data ?? new DataFacts()));
}
