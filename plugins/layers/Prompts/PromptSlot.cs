namespace Tenon.Layers;

/// <summary>
/// The prompt of an <see cref="IPromptTunable"/> model: rejects a prompt that does not fit, and computes how much context it leaves.
/// <code>
/// _prompt = new PromptSlot(sizes.PromptShape, sizes.ContextLength);
///
/// public PromptShape PromptShape => _prompt.Shape;
/// public Prompt? Prompt { get => _prompt.Prompt; set => _prompt.Prompt = value; }
/// public int ContextLength => _prompt.ContextLength;
/// </code>
/// </summary>
public sealed class PromptSlot
{
    private readonly int _contextLength;
    private readonly int _minimumLeft;
    private Prompt? _prompt;

    /// <summary>Creates a slot for a model whose virtual tokens take up no positions.</summary>
    /// <param name="shape">The sizes that a prompt must have.</param>
    public PromptSlot(PromptShape shape) : this(shape, int.MaxValue) { }

    /// <summary>Creates a slot for a model whose virtual tokens take up positions.</summary>
    /// <param name="shape">The sizes that a prompt must have.</param>
    /// <param name="contextLength">Positions of the model.</param>
    /// <param name="minimumLeft">Positions that a prompt must leave.</param>
    public PromptSlot(PromptShape shape, int contextLength, int minimumLeft = 1) =>
        (Shape, _contextLength, _minimumLeft) = (shape, contextLength, minimumLeft);

    /// <summary>The sizes that a prompt must have.</summary>
    public PromptShape Shape { get; }

    /// <summary>Virtual tokens of the prompt: those in the input plus those that are keys and values.</summary>
    // Counted when the prompt is set, because workers that collate read the context length while the prompt's tensors are replaced.
    public int Count { get; private set; }

    /// <summary>Positions that the prompt leaves for an input.</summary>
    public int ContextLength => _contextLength - Count;

    /// <summary>The current prompt, or null for none. Not disposed.</summary>
    /// <exception cref="ModelException">A part does not match <see cref="Shape"/>, or leaves too few positions.</exception>
    public Prompt? Prompt
    {
        get => _prompt;
        set
        {
            VirtualTokens.Check(value, Shape);
            int count = VirtualTokens.Count(value);
            if (_contextLength - count < _minimumLeft)
            {
                throw new ModelException(
                    $"The prompt has {count} virtual tokens, " +
                    $"which leaves {Math.Max(0, _contextLength - count)} of the context length {_contextLength}; " +
                    $"at least {_minimumLeft} must be left. Make it shorter.");
            }

            _prompt = value;
            Count = count;
        }
    }
}
