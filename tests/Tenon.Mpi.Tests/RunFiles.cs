using System.Text.Json.Nodes;
using Tenon.Safetensors;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Mpi.Tests;

/// <summary>What runs left in their folders.</summary>
internal static class RunFiles
{
    /// <summary>The values of a metric by step.</summary>
    public static Dictionary<long, double> Metric(Workspace workspace, string run, string name) =>
        File.ReadLines(workspace.At("runs", run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)
            .Where(line => line[name] is not null)
            .ToDictionary(line => line["step"]!.GetValue<long>(), line => line[name]!.GetValue<double>());

    /// <summary>The tensors of a file of a run, which the caller disposes.</summary>
    public static Dictionary<string, Tensor> Tensors(Workspace workspace, string run, params string[] path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(workspace.At(["runs", run, .. path]));
        return file.Tensors.Keys.ToDictionary(name => name, file.Read);
    }

    /// <summary>The largest difference of any weight of two runs.</summary>
    public static double LargestDifference(Workspace workspace, string one, string other, string file = "model.safetensors")
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> first = Tensors(workspace, one, file);
        Dictionary<string, Tensor> second = Tensors(workspace, other, file);
        first.Keys.Should().BeEquivalentTo(second.Keys);
        return first.Max(entry => (entry.Value - second[entry.Key]).abs().max().item<float>());
    }

    /// <summary>Compares a metric of two runs step by step.</summary>
    public static void MetricsShouldBeNear(Workspace workspace, string one, string other, string name, double tolerance)
    {
        Dictionary<long, double> expected = Metric(workspace, one, name), actual = Metric(workspace, other, name);
        actual.Keys.Should().Equal(expected.Keys).And.NotBeEmpty();
        foreach ((long step, double value) in expected)
            actual[step].Should().BeApproximately(value, tolerance, "of '{0}' at step {1}", name, step);
    }

    /// <summary>Compares the run 'run-2' with the run 'run': metrics, weights, and the samples of step 50 if there are any.</summary>
    public static void ShouldBeEqual(Workspace workspace, string weights = "model.safetensors")
    {
        foreach (string metric in new[] { "train/loss", "train/gradient_norm", "validation/loss" })
            MetricsShouldBeNear(workspace, "run", "run-2", metric, 1e-5);
        LargestDifference(workspace, "run", "run-2", weights).Should().BeLessThan(1e-6);
        string[] samples = ["samples", "step-00000050.txt"];
        if (File.Exists(workspace.At(["runs", "run", .. samples])))
            Bytes(workspace, "run-2", samples).Should().Equal(Bytes(workspace, "run", samples));
    }

    /// <summary>The bytes of a file of a run.</summary>
    public static byte[] Bytes(Workspace workspace, string run, params string[] path) =>
        File.ReadAllBytes(workspace.At(["runs", run, .. path]));
}
