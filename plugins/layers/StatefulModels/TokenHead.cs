namespace Tenon.Layers;

/// <summary>
/// The head of a model that predicts tokens, which maps its network's output to logits: with tied embeddings (Press and Wolf 2017) by a
/// <c>projection</c> to the size of the embeddings, their table and <c>head_bias</c>, otherwise by <c>head</c>. The parameters are
/// registered in the model under these names.
/// </summary>
internal sealed class TokenHead
{
    private const string BiasName = "head_bias";

    private readonly torch.nn.Module _model;
    private readonly Embedding _embedding;
    private readonly Autocast _autocast;
    private readonly Linear? _projection;
    private readonly Linear? _head;

    /// <summary>Creates the parameters.</summary>
    /// <param name="model">The model. Gets the ownership of the parameters.</param>
    /// <param name="embedding">The token embeddings.</param>
    /// <param name="outputSize">Size of the network's output, H.</param>
    /// <param name="isTied">Whether the head is the token embedding.</param>
    /// <param name="context">Device and autocast of the model.</param>
    public TokenHead(torch.nn.Module model, Embedding embedding, int outputSize, bool isTied, BuildContext context)
    {
        (_model, _embedding, _autocast) = (model, embedding, context.Autocast);
        (int vocabulary, int size) = ((int)embedding.Weight.size(0), (int)embedding.Weight.size(1));
        Size = isTied ? size : outputSize;
        if (isTied)
        {
            model.register_module("projection", _projection = NewMap(size));
            model.register_parameter(BiasName, new Parameter(torch.zeros([vocabulary], torch.ScalarType.Float32, context.Device)));
        }
        else
        {
            model.register_module("head", _head = NewMap(vocabulary));
        }

        Linear NewMap(int mapped)
        {
            var map = new Linear(outputSize, mapped, context);
            Initialization.Normal(map.Weight, 1 / Math.Sqrt(outputSize));
            return map;
        }
    }

    /// <summary>Size of the projected output, E.</summary>
    public int Size { get; }

    /// <summary>Operations for a token.</summary>
    public double ForwardFlop =>
        2.0 * (_projection is null ? _head!.Weight.numel() : _projection.Weight.numel() + _embedding.Weight.numel());

    /// <summary>The projected output if embeddings are tied, otherwise the output itself.</summary>
    /// <param name="output">float32 [..., H]. Not disposed.</param>
    /// <returns>float32 [..., E] in the current dispose scope.</returns>
    public Tensor Project(Tensor output) => _projection?.call(output).to(torch.ScalarType.Float32) ?? output;

    /// <summary>The logits.</summary>
    /// <param name="hidden">float32 [..., E], projected. Not disposed.</param>
    /// <returns>float32 [..., V] in the current dispose scope.</returns>
    public Tensor Logits(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = _head?.call(hidden) ?? Linear.Apply(hidden, _embedding.Weight, Bias, _autocast);
        return logits.to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The mean cross-entropy.</summary>
    /// <param name="hidden">float32 [B, T, E], projected. Not disposed.</param>
    /// <param name="labels">int64 [B, T], each an id or -100. Not disposed.</param>
    /// <param name="smoothing">The share of each target that is spread over the vocabulary.</param>
    /// <returns>A float32 scalar in the current dispose scope.</returns>
    public Tensor Loss(Tensor hidden, Tensor labels, double smoothing = 0)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor rows, Tensor targets) = (hidden.reshape(-1, Size), labels.reshape(-1)); // [B·T, E] and [B·T]
        // A delta on the head is not part of its weight.
        Tensor loss = _head is { Delta: not null } ? SmoothedCrossEntropy.Mean(Logits(rows), targets, smoothing)
            : SmoothedCrossEntropy.OfLinear(rows, _head?.Weight ?? _embedding.Weight, targets, _autocast, smoothing, Bias);
        return loss.MoveToOuterDisposeScope();
    }

    // Looked up on each access, because Module.to replaces the registered parameter.
    private Parameter? Bias => _head is null ? _model.get_parameter(BiasName) : _head.Bias;
}
