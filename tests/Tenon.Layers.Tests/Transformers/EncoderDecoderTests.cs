using System.Text.Json.Nodes;

namespace Tenon.Layers.Tests.Transformers;

/// <summary>
/// An encoder-decoder transformer (Vaswani et al. 2017) of shared layers against torch.nn.Transformer; the README beside the
/// data says how it was made.
/// </summary>
public class EncoderDecoderTests
{
    private const string Folder = "nn-transformer";

    [Fact]
    public void Outputs_and_gradients_equal_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var model = new EncoderDecoder(Goldens.Config(Folder));
        Goldens.Fill(model, Name, Goldens.File(Folder, "model.safetensors")).Should().BeEmpty();
        Dictionary<string, Tensor> inputs = Goldens.Read(Folder, "inputs.safetensors");
        Dictionary<string, Tensor> outputs = Goldens.Read(Folder, "outputs.safetensors");
        Dictionary<string, Tensor> gradients = Goldens.Read(Folder, "grads.safetensors")
            .ToDictionary(pair => Name(pair.Key), pair => pair.Value);
        Tensor causal = Bias(inputs["tgt_mask"]); // [T, T]
        Tensor source = Bias(inputs["src_key_padding_mask"].unsqueeze(1).unsqueeze(1)); // [B, 1, 1, S]
        Tensor target = Bias(inputs["tgt_key_padding_mask"].unsqueeze(1).unsqueeze(1).logical_or(inputs["tgt_mask"])); // [B, 1, T, T]

        Tensor memory = model.Encode(inputs["src"], null);
        Tensor unpadded = model.Decode(inputs["tgt"], memory, causal, null);
        Tensor found = model.Decode(inputs["tgt"], model.Encode(inputs["src"], source), target, source);
        (found * inputs["cotangent"]).sum().backward();

        double tolerance = 10 * Goldens.Noise(Folder);
        Goldens.Difference(memory, outputs["memory_nopad"]).Should().BeLessThan(tolerance);
        Goldens.Difference(unpadded, outputs["out_nopad"]).Should().BeLessThan(tolerance);
        Goldens.Difference(found, outputs["out"]).Should().BeLessThan(tolerance);
        gradients.Keys.Should().BeEquivalentTo(model.named_parameters().Select(pair => pair.name));
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            double largest = Math.Max(1, gradients[name].abs().max().item<float>());
            Goldens.Difference(parameter.grad!, gradients[name]).Should().BeLessThan(tolerance * largest, name);
        }
    }

    // torch registers the joined map of its attention without a module of its own.
    private static string Name(string name) => name.Replace("in_proj_", "in_proj.", StringComparison.Ordinal);

    // Masks of the data are 1 where a key is hidden.
    private static Tensor Bias(Tensor hidden) => AttentionMask.Bias(hidden.to(torch.ScalarType.Bool), torch.ScalarType.Float32);

    private sealed class EncoderDecoder : NamedModule
    {
        private readonly Layer[] _encoder;
        private readonly Layer[] _decoder;
        private readonly LayerNorm _encoderNorm;
        private readonly LayerNorm _decoderNorm;

        public EncoderDecoder(JsonObject config) : base(nameof(EncoderDecoder))
        {
            int size = (int)config["d_model"]!;
            _encoder = Layers(config, "num_encoder_layers", crosses: false);
            _decoder = Layers(config, "num_decoder_layers", crosses: true);
            register_module("encoder", new NameScope(("layers", torch.nn.ModuleList(_encoder)), ("norm", _encoderNorm = Norm(size))));
            register_module("decoder", new NameScope(("layers", torch.nn.ModuleList(_decoder)), ("norm", _decoderNorm = Norm(size))));
        }

        // [B, S, E] -> [B, S, E]
        public Tensor Encode(Tensor x, Tensor? attentionBias) =>
            _encoderNorm.call(_encoder.Aggregate(x, (state, layer) => layer.Forward(state, attentionBias, null, null)));

        // [B, T, E] and [B, S, E] -> [B, T, E]
        public Tensor Decode(Tensor x, Tensor memory, Tensor? attentionBias, Tensor? memoryBias) =>
            _decoderNorm.call(_decoder.Aggregate(x, (state, layer) => layer.Forward(state, attentionBias, memory, memoryBias)));

        private static Layer[] Layers(JsonObject config, string count, bool crosses) =>
            [.. Enumerable.Range(0, (int)config[count]!).Select(_ => new Layer(config, crosses))];
    }

    private sealed class Layer : NamedModule
    {
        private readonly bool _normFirst;
        private readonly int _heads;
        private readonly Func<Tensor, Tensor> _activation;
        private readonly Linear[] _self;
        private readonly Linear[] _cross = [];
        private readonly Linear _up;
        private readonly Linear _down;
        private readonly LayerNorm[] _norms;

        public Layer(JsonObject config, bool crosses) : base(nameof(Layer))
        {
            int size = (int)config["d_model"]!, wide = (int)config["dim_feedforward"]!;
            (_normFirst, _heads) = ((bool)config["norm_first"]!, (int)config["nhead"]!);
            _activation = Activations.Find((string)config["activation"]!, "activation");
            _self = Attending(size, "self_attn");
            if (crosses)
                _cross = Attending(size, "multihead_attn");
            register_module("linear1", _up = new Linear(size, wide, Context));
            register_module("linear2", _down = new Linear(wide, size, Context));
            _norms = [.. Enumerable.Range(1, crosses ? 3 : 2).Select(_ => Norm(size))];
            foreach ((int at, LayerNorm norm) in _norms.Index())
                register_module($"norm{at + 1}", norm);
        }

        public Tensor Forward(Tensor x, Tensor? attentionBias, Tensor? memory, Tensor? memoryBias)
        {
            x = Step(x, _norms[0], state => Attend(_self, state, state, attentionBias));
            if (memory is not null)
                x = Step(x, _norms[1], state => Attend(_cross, state, memory, memoryBias));
            return Step(x, _norms[^1], state => _down.call(_activation(_up.call(state))));
        }

        private Tensor Step(Tensor x, LayerNorm norm, Func<Tensor, Tensor> function) =>
            _normFirst ? x + function(norm.call(x)) : norm.call(x + function(x));

        private Linear[] Attending(int size, string name)
        {
            Linear[] maps = [new Linear(size, 3 * size, Context), new Linear(size, size, Context)];
            register_module(name, new NameScope(("in_proj", maps[0]), ("out_proj", maps[1])));
            return maps;
        }

        private Tensor Attend(Linear[] maps, Tensor queries, Tensor keys, Tensor? attentionBias)
        {
            int headSize = (int)queries.size(2) / _heads;
            Tensor query = MultiHead.Split(maps[0].call(queries).chunk(3, -1)[0], headSize);
            Tensor[] joined = maps[0].call(keys).chunk(3, -1);
            Tensor attended = Attention.Apply(
                query, MultiHead.Split(joined[1], headSize), MultiHead.Split(joined[2], headSize), new Autocast(), attentionBias);
            return maps[1].call(MultiHead.Merge(attended));
        }
    }

    private static BuildContext Context { get; } = new(torch.CPU, new Autocast());

    private static LayerNorm Norm(int size) => new(size, 1e-5, Context); // the default of torch.nn.Transformer
}
