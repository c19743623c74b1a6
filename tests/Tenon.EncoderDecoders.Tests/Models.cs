namespace Tenon.EncoderDecoders.Tests;

internal static class Models
{
    /// <summary>The folders with reference data.</summary>
    public static TheoryData<string> Names { get; } = ["t5-tiny", "t5-gated-tiny", "marian-tiny", "bart-tiny"];

    public static IArchitecture Architecture(string name) =>
        name.StartsWith("t5", StringComparison.Ordinal) ? new T5Architecture()
        : name.StartsWith("bart", StringComparison.Ordinal) ? new BartArchitecture() : new MarianArchitecture();

    /// <summary>A model with reference weights.</summary>
    public static EncoderDecoderModel Golden(string name)
    {
        IArchitecture architecture = Architecture(name);
        object options = architecture.Read(Goldens.Configuration(name));
        var model = (EncoderDecoderModel)architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(model, architecture.WeightName, Goldens.File(name, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>The sources of a folder without their padding, as rows of a generation.</summary>
    public static (IReadOnlyList<int>? Source, IReadOnlyList<int> Prompt)[] Sources(string name, IEncoderDecoder model)
    {
        Dictionary<string, Tensor> inputs = Goldens.Read(name, "inputs.safetensors");
        int[][] ids = Rows(inputs["input_ids"]), masks = Rows(inputs["attention_mask"]);
        return [.. ids.Zip(masks, (row, mask) =>
            ((IReadOnlyList<int>?, IReadOnlyList<int>))(row.Where((_, at) => mask[at] == 1).ToArray(), new[] { model.DecoderStart }))];
    }

    public static int[][] Rows(Tensor ids)
    {
        long[] values = [.. ids.data<long>()];
        return [.. values.Chunk((int)ids.size(1)).Select(row => Array.ConvertAll(row, id => (int)id))];
    }
}
