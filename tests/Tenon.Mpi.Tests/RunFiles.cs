using System.Text.Json.Nodes;
using Tenon.Safetensors;

namespace Tenon.Mpi.Tests;

/// <summary>What runs left in their folders.</summary>
internal static class RunFiles
{
    /// <summary>The values of a metric by step.</summary>
    public static Dictionary<long, double> Metric(Workspace workspace, string run, string name) =>
        File.ReadLines(workspace.At("runs", run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)
            .Where(line => line[name] is not null)
            .ToDictionary(line => line["step"]!.GetValue<long>(), line => line[name]!.GetValue<double>());

    /// <summary>The largest difference of any weight of two runs.</summary>
    public static double LargestDifference(Workspace workspace, string one, string other)
    {
        using SafetensorsFile first = SafetensorsFile.Open(workspace.At("runs", one, "model.safetensors"));
        using SafetensorsFile second = SafetensorsFile.Open(workspace.At("runs", other, "model.safetensors"));
        first.Tensors.Keys.Should().BeEquivalentTo(second.Tensors.Keys);
        return first.Tensors.Keys.Max(name =>
        {
            using TorchSharp.torch.Tensor a = first.Read(name), b = second.Read(name), difference = (a - b).abs().max();
            return difference.item<float>();
        });
    }

    /// <summary>The bytes of a file of a run.</summary>
    public static byte[] Bytes(Workspace workspace, string run, params string[] path) =>
        File.ReadAllBytes(workspace.At(["runs", run, .. path]));
}
