using Tenon.Host.Artifacts;
using Tenon.Host.Tests.Training;
using Tenon.Safetensors;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Artifacts;

[Collection("torch")]
public sealed class WeightsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tenon-weights-").FullName;
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    private string WeightsFile => Path.Combine(folder, "model.safetensors");

    [Fact]
    public void Weights_come_back_as_they_were_saved()
    {
        using var saved = new TinyClassifier(seed: 1);
        using var loaded = new TinyClassifier(seed: 2);
        WeightsWriter.Save(WeightsFile, saved);
        WeightsReader.Load(WeightsFile, loaded, new WeightsFit(name => name));
        loaded.Values().Should().Equal(saved.Values());
    }

    [Fact]
    public void Half_precision_becomes_the_models_type_and_older_names_are_mapped()
    {
        using var saved = new TinyClassifier(seed: 1);
        using var loaded = new TinyClassifier(seed: 2);
        SafetensorsFile.Write(WeightsFile, saved.state_dict().Select(e => ("old." + e.Key, e.Value.detach().to(ScalarType.BFloat16)))
            .Append(("old.mask", ones(2))));
        WeightsReader.Load(WeightsFile, loaded, new WeightsFit(name => name == "old.mask" ? null : name["old.".Length..]));
        foreach ((float expected, float actual) in saved.Values().Zip(loaded.Values()))
            actual.Should().BeApproximately(expected, 4e-3f);
        loaded.state_dict()["input.weight"].dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void A_tensor_that_is_taken_is_read_by_rows_and_not_filled()
    {
        using var saved = new TinyClassifier(seed: 1);
        using var loaded = new TinyClassifier(seed: 2);
        float[] before = loaded.state_dict()["input.weight"].data<float>().ToArray();
        SafetensorsFile.Write(WeightsFile, saved.state_dict().Select(e => (e.Key, e.Value.detach().to(ScalarType.BFloat16))));
        float[] taken = [];
        WeightsReader.Load(WeightsFile, loaded, new WeightsFit(name => name)
        {
            Take = (name, rows) =>
            {
                if (name != "input.weight")
                    return false;
                taken = cat([rows(0, 5), rows(5, 11)]).data<float>().ToArray();
                return true;
            },
        });

        taken.Should().Equal(saved.state_dict()["input.weight"].detach().to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>()
            .ToArray());
        loaded.state_dict()["input.weight"].data<float>().ToArray().Should().Equal(before);
        loaded.state_dict()["input.bias"].data<float>()[0].Should()
            .BeApproximately(saved.state_dict()["input.bias"].data<float>()[0], 4e-3f);
    }

    [Fact]
    public void All_differences_are_listed_and_nothing_is_changed()
    {
        using var model = new TinyClassifier();
        float[] before = model.Values();
        SafetensorsFile.Write(WeightsFile, [("input.weight", ones(16, 5)), ("input.bias", ones(16)),
            ("output.weight", ones([3, 16], ScalarType.Int64)), ("head", ones(1))]);
        Action load = () => WeightsReader.Load(WeightsFile, model, new WeightsFit(name => name));
        load.Should().Throw<ModelException>().WithMessage(
            "*Missing: output.bias. Unknown to the model: head. Different shape or type: input.weight ([16, 5] in the file, [16, 4] in " +
            "the model), output.weight (I64 in the file, Float32 in the model).*");
        model.Values().Should().Equal(before);
    }

    [Fact]
    public void Heads_may_differ_when_a_run_starts_from_another_task()
    {
        using var model = new TinyClassifier();
        float[] head = model.state_dict()["output.weight"].data<float>().ToArray();
        SafetensorsFile.Write(WeightsFile,
            [("input.weight", ones(16, 4)), ("input.bias", ones(16)), ("output.weight", ones(5, 16)), ("output.scale", ones(1))]);

        static bool IsHead(string name) => name.StartsWith("output.", StringComparison.Ordinal);
        WeightsReading read = WeightsReader.Load(
            WeightsFile, model, new WeightsFit(name => name) { MayBeExtra = IsHead, MayBeMissing = IsHead, MayDiffer = IsHead });

        read.Extra.Should().Equal("output.scale");
        read.Missing.Should().Equal("output.bias");
        read.Report.Should().Be("Missing: output.bias. Unknown to the model: output.scale. Different shape or type: output.weight ([5, " +
            "16] in the file, [3, 16] in the model).");
        model.state_dict()["input.weight"].data<float>().Should().OnlyContain(value => value == 1);
        model.state_dict()["output.weight"].data<float>().ToArray().Should().Equal(head);
    }

    [Fact]
    public void A_tensor_that_is_usually_skipped_counts_in_a_module_that_has_it()
    {
        using var loaded = new TinyClassifier();
        SafetensorsFile.Write(WeightsFile, [("input.weight", ones(16, 4)), ("input.bias", ones(16)), ("output.weight", ones(3, 16)),
            ("output.bias", ones(3)), ("copy", ones(3))]);

        WeightsReader.Load(WeightsFile, loaded, new WeightsFit(name => name is "output.bias" or "copy" ? null : name));

        loaded.state_dict()["output.bias"].data<float>().Should().OnlyContain(value => value == 1);
    }

    [Fact]
    public void A_tensor_of_another_shape_can_be_adapted()
    {
        using var model = new TinyClassifier();
        SafetensorsFile.Write(WeightsFile,
            [("input.weight", ones(16, 4)), ("input.bias", ones(8)), ("output.weight", ones(3, 16)), ("output.bias", ones(3))]);

        WeightsReading read = WeightsReader.Load(WeightsFile, model, new WeightsFit(name => name)
        {
            Adapt = (name, found, wanted) => name == "input.bias" ? found.repeat(wanted[0] / found.size(0)) * 2 : null,
        });

        read.Report.Should().Be("Converted to the model's shape: input.bias.");
        model.state_dict()["input.bias"].data<float>().Should().HaveCount(16).And.OnlyContain(value => value == 2);
    }

    [Fact]
    public void Several_files_with_an_index_are_one()
    {
        using var saved = new TinyClassifier(seed: 1);
        using var loaded = new TinyClassifier(seed: 2);
        Dictionary<string, Tensor> state = saved.state_dict();
        SafetensorsFile.Write(Path.Combine(folder, "model-00001-of-00002.safetensors"), state.Take(1).Select(e => (e.Key, e.Value)));
        SafetensorsFile.Write(Path.Combine(folder, "model-00002-of-00002.safetensors"), state.Skip(1).Select(e => (e.Key, e.Value)));
        string map = string.Join(",", state.Keys.Select((name, i) => $"\"{name}\":\"model-0000{(i == 0 ? 1 : 2)}-of-00002.safetensors\""));
        File.WriteAllText(WeightsFile + ".index.json", $"{{\"weight_map\":{{{map}}}}}");
        WeightsReader.Load(WeightsFile, loaded, new WeightsFit(name => name));
        loaded.Values().Should().Equal(saved.Values());
    }

    // 4 · 16 + 16 + 3 · 16 + 3 numbers of 4 bytes.
    [Theory]
    [InlineData(524, "model.safetensors")]
    [InlineData(523, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json")]
    [InlineData(1, "model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors", "model-00003-of-00004.safetensors",
        "model-00004-of-00004.safetensors", "model.safetensors.index.json")]
    public void Weights_above_a_limit_are_written_to_several_files_and_nothing_of_other_weights_is_left(long limit, params string[] files)
    {
        using var saved = new TinyClassifier(seed: 1);
        using var loaded = new TinyClassifier(seed: 2);
        WeightsWriter.SaveModel(WeightsFile, loaded.state_dict(), 300);
        WeightsWriter.Save(WeightsFile, loaded);

        WeightsWriter.SaveModel(WeightsFile, saved.state_dict(), limit);

        Directory.GetFiles(folder).Select(Path.GetFileName).Should().BeEquivalentTo(files);
        WeightsReader.Load(WeightsFile, loaded, new WeightsFit(name => name));
        loaded.Values().Should().Equal(saved.Values());
        if (files.Length > 1)
            File.ReadAllText(WeightsFile + ".index.json").Should().Contain("\"total_size\": 524")
                .And.Contain("\"output.bias\": \"model-0000");
    }

    [Theory]
    [InlineData("output.bias", "*'model-00002-of-00002.safetensors' has no output.bias, which the index expects there*same version*")]
    [InlineData("other", "*'model-00002-of-00002.safetensors' has other, which the index does not expect there*")]
    public void A_part_that_contradicts_its_index_is_refused(string name, string message)
    {
        using var model = new TinyClassifier();
        float[] before = model.Values();
        WeightsWriter.SaveModel(WeightsFile, model.state_dict(), 400);
        string part = Path.Combine(folder, "model-00002-of-00002.safetensors");
        Dictionary<string, Tensor> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(part))
            tensors = file.Tensors.Keys.ToDictionary(key => key, file.Read);
        if (!tensors.Remove(name))
            tensors[name] = ones(1);
        SafetensorsFile.Write(part, tensors.Select(entry => (entry.Key, entry.Value)));

        Action load = () => WeightsReader.Load(WeightsFile, model, new WeightsFit(key => key));

        load.Should().Throw<ModelException>().WithMessage(message).Which.Message.Should().NotContain("\n");
        model.Values().Should().Equal(before);
    }

    [Fact]
    public void Weights_in_16_bits_are_read_exactly()
    {
        using var model = new TinyClassifier();
        foreach (ScalarType type in new[] { ScalarType.BFloat16, ScalarType.Float16 })
        {
            Dictionary<string, Tensor> half = model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().to(type));
            SafetensorsFile.Write(WeightsFile, half.Select(entry => (entry.Key, entry.Value)));

            WeightsReader.Load(WeightsFile, model, new WeightsFit(name => name));

            foreach ((string name, Tensor tensor) in model.state_dict())
                tensor.Equals(half[name].to(ScalarType.Float32)).Should().BeTrue();
        }
    }

    [Theory]
    [InlineData("{\"weight_map\":{\"a\":\"../../secret\"}}", "*names the file '../../secret'*")]
    [InlineData("{\"weight_map\":7}", "*is malformed*")]
    [InlineData("{", "*is not valid JSON*")]
    [InlineData("{\"weight_map\":{\"\\ud83d\":\"a\"}}", "*.index.json:1: *lone surrogate*")]
    [InlineData("{}", "*has no 'weight_map'*")]
    [InlineData("{\"weight_map\":{\"a\":\"gone.safetensors\"}}",
        "The index *.index.json' names 1 files, of which 1 do not exist: gone.safetensors. Put them into the same folder.")]
    public void A_bad_index_is_refused(string index, string message)
    {
        using var model = new TinyClassifier();
        File.WriteAllText(WeightsFile + ".index.json", index);
        Action load = () => WeightsReader.Load(WeightsFile, model, new WeightsFit(name => name));
        load.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void Weights_that_are_not_there_are_named()
    {
        using var model = new TinyClassifier();
        Action load = () => WeightsReader.Load(WeightsFile, model, new WeightsFit(name => name));
        load.Should().Throw<ModelException>().WithMessage($"There are no weights at '{WeightsFile}'*");
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
