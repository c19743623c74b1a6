using Tenon.Host.Training.Parallel;
using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Parallel;

[Collection("torch")]
public sealed class WholeTensorsTests
{
    private static readonly Dictionary<string, TensorDivision> Divisions = new()
    {
        ["table.weight"] = new TensorDivision(0, 7),
        ["map.weight"] = new TensorDivision(1, 12, Parts: 3),
    };

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Files_have_whole_tensors_for_any_number_of_processes(int ranks)
    {
        string file = Path.Combine(Path.GetTempPath(), $"tenon-{Guid.NewGuid():N}.safetensors");
        Dictionary<string, float[]>[] collected = ThreadRanks.Run(ranks, tensor =>
        {
            using DisposeScope scope = NewDisposeScope();
            Dictionary<string, Tensor> whole = Whole();
            Dictionary<string, Tensor> own = whole.ToDictionary(
                entry => entry.Key, entry => Divisions.GetValueOrDefault(entry.Key.Replace(".exp_avg", "")) is { } division
                    ? division.Take(entry.Value, tensor.Rank, tensor.Size) : entry.Value);
            var tensors = new WholeTensors(tensor, Divisions);
            using CollectedFiles files = tensors.Collect(
                new Dictionary<string, IReadOnlyDictionary<string, Tensor>> { ["file"] = own }, isWriter: tensor.Rank == 0);
            if (tensor.Rank == 0)
                SafetensorsFile.Write(file, files.Files["file"].Select(entry => (entry.Key, entry.Value)));
            tensor.Barrier();

            using (SafetensorsFile saved = SafetensorsFile.Open(file))
            {
                foreach ((string name, Tensor values) in own)
                {
                    tensors.ShapeOf(name, values).Should().Equal(saved.Tensors[name].Shape);
                    using Tensor before = values.clone();
                    values.zero_();
                    tensors.Read(saved, name, values);
                    values.Equals(before).Should().BeTrue("'{0}' of rank {1} is read as it was saved", name, tensor.Rank);
                }
            }

            return files.Files["file"].ToDictionary(entry => entry.Key, entry => TinyClassifier.Values(entry.Value));
        });
        File.Delete(file);

        using DisposeScope all = NewDisposeScope();
        foreach ((string name, Tensor values) in Whole())
            collected[0][name].Should().Equal(TinyClassifier.Values(values), "of '{0}'", name);
    }

    private static Dictionary<string, Tensor> Whole() => new()
    {
        ["table.weight"] = arange(21, ScalarType.Float32).view(7, 3),
        ["table.weight.exp_avg"] = arange(21, ScalarType.Float32).view(7, 3) + 100,
        ["table.weight.step"] = ones([]),
        ["map.weight"] = arange(24, ScalarType.Float32).view(2, 12),
        ["norm.weight"] = arange(4, ScalarType.Float32),
    };
}
