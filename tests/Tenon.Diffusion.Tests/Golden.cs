using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Tenon.Host.Native;
using Tenon.Safetensors;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tenon.Diffusion.Tests;

/// <summary>Reference data of diffusers, and models with its weights.</summary>
internal static class Golden
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

    public static string Path(string folder, string file) =>
        System.IO.Path.Combine(AppContext.BaseDirectory, "goldens", folder, file);

    /// <summary>All tensors of a file, in the current dispose scope.</summary>
    public static Dictionary<string, Tensor> Tensors(string folder, string file)
    {
        using SafetensorsFile opened = SafetensorsFile.Open(Path(folder, file));
        return opened.Tensors.Keys.ToDictionary(name => name, opened.Read);
    }

    public static JsonObject Json(string folder, string file) => JsonNode.Parse(File.ReadAllText(Path(folder, file)))!.AsObject();

    public static DiffusionOptions TinyOptions() => Architecture.Read(new ModelConfiguration(Json("ddpm-tiny", "config.json")));

    /// <summary>The tiny model of the reference data, in eval mode.</summary>
    public static DiffusionModel TinyModel(Func<DiffusionOptions, DiffusionOptions>? change = null)
    {
        DiffusionOptions options = TinyOptions();
        DiffusionModel model = Architecture.Build(change?.Invoke(options) ?? options, Cpu);
        Load(model, Path("ddpm-tiny", "model.safetensors")).Should().BeEquivalentTo(model.Module.state_dict().Keys);
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

    public static double Difference(Tensor found, Tensor expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        found.shape.Should().Equal(expected.shape);
        return (found.detach().to(torch.ScalarType.Float64) - expected.to(torch.ScalarType.Float64)).abs().max().item<double>();
    }

    public static DiffusionOptions Resolve(DiffusionOptions options, DataFacts? data = null) =>
        Architecture.Resolve(options, new ModelFacts(null, default!, data ?? new DataFacts()));
}
