using Tenon.Layers;

namespace Tenon.PTuning;

/// <summary>Computes the virtual tokens of a prompt. Its parameters have the names of PEFT's encoders.</summary>
internal abstract class VirtualTokenEncoder : NamedModule
{
    private readonly Embedding _embedding;

    /// <summary>Creates the trained vectors, drawn from N(0, 1).</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="virtualTokens">Number of virtual tokens, V.</param>
    /// <param name="size">Size of each vector.</param>
    protected VirtualTokenEncoder(string name, int virtualTokens, long size) : base(name)
    {
        register_module("embedding", _embedding = new Embedding(virtualTokens, size, new BuildContext(torch.CPU, new Autocast())));
        Initialization.Normal(_embedding.Weight, 1);
    }

    /// <summary>The trained vectors, [V, size]. Owned by the encoder.</summary>
    public Parameter Table => _embedding.Weight;

    /// <summary>The virtual tokens as PEFT saves them.</summary>
    /// <returns>float32 [V, E], or [V, 2·layers·heads·head size] for a prefix, in the current dispose scope.</returns>
    public abstract Tensor Forward();

    /// <summary>Creates the prompt from the virtual tokens, as views of them.</summary>
    /// <param name="tokens">As returned by <see cref="Forward"/>. Not disposed.</param>
    /// <param name="shape">The model's sizes.</param>
    public virtual Prompt Prompt(Tensor tokens, PromptShape shape) => new(Embeddings: tokens.alias());
}

/// <summary>The trained vectors are the virtual tokens (Lester et al. 2021).</summary>
/// <param name="virtualTokens">Number of virtual tokens, V.</param>
/// <param name="embeddingSize">The model's embedding size, E.</param>
internal sealed class PromptEmbedding(int virtualTokens, long embeddingSize)
    : VirtualTokenEncoder(nameof(PromptEmbedding), virtualTokens, embeddingSize)
{
    /// <inheritdoc/>
    public override Tensor Forward() => Table.alias();
}
