using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Tenon.Benchmarks;

/// <summary>The same GPT as a TorchSharp user would write it: with torch's own modules, without host, plugins or shared layers.</summary>
internal sealed class PlainGpt : Module<Tensor, Tensor>
{
    private readonly Embedding _tokens;
    private readonly Embedding _positions;
    private readonly ModuleList<Block> _blocks = [];
    private readonly LayerNorm _norm;

    public PlainGpt(Shape shape) : base(nameof(PlainGpt))
    {
        _tokens = Embedding(shape.VocabularySize, shape.HiddenSize);
        _positions = Embedding(shape.ContextLength, shape.HiddenSize);
        for (int i = 0; i < shape.Layers; i++)
            _blocks.Add(new Block(shape));
        _norm = LayerNorm(shape.HiddenSize);
        init.normal_(_tokens.weight!, 0, 0.02);
        init.normal_(_positions.weight!, 0, 0.02);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids)
    {
        Tensor x = _tokens.forward(ids) + _positions.forward(arange(ids.size(1), device: ids.device));
        foreach (Block block in _blocks)
            x = block.forward(x);
        return functional.linear(_norm.forward(x), _tokens.weight!);
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly LayerNorm _before;
        private readonly Linear _qkv;
        private readonly Linear _out;
        private readonly LayerNorm _between;
        private readonly Linear _up;
        private readonly Linear _down;
        private readonly int _heads;

        public Block(Shape shape) : base(nameof(Block))
        {
            _heads = shape.Heads;
            _before = LayerNorm(shape.HiddenSize);
            _qkv = Linear(shape.HiddenSize, 3 * shape.HiddenSize);
            _out = Linear(shape.HiddenSize, shape.HiddenSize);
            _between = LayerNorm(shape.HiddenSize);
            _up = Linear(shape.HiddenSize, 4 * shape.HiddenSize);
            _down = Linear(4 * shape.HiddenSize, shape.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            long batch = x.size(0), length = x.size(1), size = x.size(2);
            Tensor[] qkv = _qkv.forward(_before.forward(x)).chunk(3, -1);
            Tensor[] heads = [.. qkv.Select(t => t.view(batch, length, _heads, size / _heads).transpose(1, 2))];
            Tensor attended = functional.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_casual: true);
            x = x + _out.forward(attended.transpose(1, 2).contiguous().view(batch, length, size));
            return x + _down.forward(functional.gelu(_up.forward(_between.forward(x))));
        }
    }
}
