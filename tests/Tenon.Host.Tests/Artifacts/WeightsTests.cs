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
        WeightsReader.Load(WeightsFile, loaded, name => name);
        loaded.Values().Should().Equal(saved.Values());
    }

    [Fact]
    public void Half_precision_becomes_the_models_type_and_older_names_are_mapped()
    {
        using var saved = new TinyClassifier(seed: 1);
        using var loaded = new TinyClassifier(seed: 2);
        SafetensorsFile.Write(WeightsFile, saved.state_dict().Select(e => ("old." + e.Key, e.Value.detach().to(ScalarType.BFloat16))).Append(("old.mask", ones(2))));
        WeightsReader.Load(WeightsFile, loaded, name => name == "old.mask" ? null : name["old.".Length..]);
        foreach ((float expected, float actual) in saved.Values().Zip(loaded.Values()))
            actual.Should().BeApproximately(expected, 4e-3f);
        loaded.state_dict()["input.weight"].dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void All_differences_are_listed_and_nothing_is_changed()
    {
        using var model = new TinyClassifier();
        float[] before = model.Values();
        SafetensorsFile.Write(WeightsFile, [("input.weight", ones(16, 5)), ("input.bias", ones(16)), ("output.weight", ones([3, 16], ScalarType.Int64)), ("head", ones(1))]);
        Action load = () => WeightsReader.Load(WeightsFile, model, name => name);
        load.Should().Throw<ModelException>().WithMessage(
            "*Missing: output.bias. Not known to the model: head. Of another shape or type: input.weight ([16, 5] in the file, [16, 4] in the model), output.weight (I64 in the file, Float32 in the model).*");
        model.Values().Should().Equal(before);
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
        WeightsReader.Load(WeightsFile, loaded, name => name);
        loaded.Values().Should().Equal(saved.Values());
    }

    [Theory]
    [InlineData("{\"weight_map\":{\"a\":\"../../secret\"}}", "*names the file '../../secret'*")]
    [InlineData("{\"weight_map\":7}", "*is malformed*")]
    [InlineData("{", "*is malformed*")]
    [InlineData("{}", "*has no 'weight_map'*")]
    [InlineData("{\"weight_map\":{\"a\":\"gone.safetensors\"}}", "*cannot be read*gone*")]
    public void A_bad_index_is_refused(string index, string message)
    {
        using var model = new TinyClassifier();
        File.WriteAllText(WeightsFile + ".index.json", index);
        Action load = () => WeightsReader.Load(WeightsFile, model, name => name);
        load.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void Weights_that_are_not_there_are_named()
    {
        using var model = new TinyClassifier();
        Action load = () => WeightsReader.Load(WeightsFile, model, name => name);
        load.Should().Throw<ModelException>().WithMessage($"There are no weights at '{WeightsFile}'*");
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
