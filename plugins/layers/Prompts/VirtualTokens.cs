namespace Tenon.Layers;

/// <summary>Operations on the virtual tokens of a <see cref="Prompt"/> that all models share.</summary>
public static class VirtualTokens
{
    /// <summary>Number of virtual tokens of a prompt: input embeddings plus prefixes. Each takes up a position.</summary>
    /// <param name="prompt">The prompt, or null.</param>
    public static int Count(Prompt? prompt) => Embedded(prompt) + Prefixed(prompt);

    /// <summary>Number of virtual tokens in the input.</summary>
    /// <param name="prompt">The prompt, or null.</param>
    public static int Embedded(Prompt? prompt) => (int)(prompt?.Embeddings?.size(0) ?? 0);

    /// <summary>Number of virtual tokens that are keys and values in each layer.</summary>
    /// <param name="prompt">The prompt, or null.</param>
    public static int Prefixed(Prompt? prompt) => (int)(prompt?.KeyValues?.size(3) ?? 0);

    /// <summary>Rejects a prompt whose sizes differ from the model's.</summary>
    /// <param name="prompt">The prompt, or null.</param>
    /// <param name="shape">The model's sizes.</param>
    /// <exception cref="ModelException">A part has the wrong shape.</exception>
    public static void Check(Prompt? prompt, PromptShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (prompt?.Embeddings is { } e && (e.ndim != 2 || e.size(1) != shape.EmbeddingSize))
            throw new ModelException($"The prompt's embeddings have the shape [{string.Join(", ", e.shape)}]; " +
                $"this model takes [tokens, {shape.EmbeddingSize}].");
        if (prompt?.KeyValues is { } k
            && (k.ndim != 5 || k.size(0) != shape.Layers || k.size(1) != 2 || k.size(2) != shape.Heads || k.size(4) != shape.HeadSize))
        {
            throw new ModelException(
                $"The prompt's keys and values have the shape [{string.Join(", ", k.shape)}]; " +
                $"this model takes [{shape.Layers}, 2, {shape.Heads}, tokens, {shape.HeadSize}].");
        }
    }

    /// <summary>Prepends virtual tokens to an input, the same ones for each example.</summary>
    /// <param name="embeddings">[V, E]. Not disposed.</param>
    /// <param name="input">[B, T, E]. Not disposed.</param>
    /// <returns>[B, V + T, E] in the current dispose scope.</returns>
    public static Tensor Embed(Tensor embeddings, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.cat([embeddings.unsqueeze(0).expand(input.size(0), -1, -1), input], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Removes the states of virtual tokens in the input, which have no labels and no logits.</summary>
    /// <param name="hidden">[B, V + T, E]. Not disposed.</param>
    /// <param name="tokens">Tokens of the input, T.</param>
    /// <returns>[B, T, E], a view in the current dispose scope; the same object if there are no virtual tokens.</returns>
    public static Tensor Without(Tensor hidden, long tokens)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        return hidden.size(1) == tokens ? hidden : hidden.narrow(1, hidden.size(1) - tokens, tokens);
    }

    /// <summary>The prefix of one layer.</summary>
    /// <param name="prompt">The prompt, or null.</param>
    /// <param name="layer">Number of the layer.</param>
    /// <returns>[2, H, P, D], a view in the current dispose scope; null if there is none.</returns>
    public static Tensor? Prefix(Prompt? prompt, int layer) => Prefixed(prompt) > 0 ? prompt!.KeyValues!.select(0, layer) : null;

    /// <summary>Prepends keys or values of virtual tokens to those of an input.</summary>
    /// <param name="prefix">[H, P, D]. Not disposed.</param>
    /// <param name="input">[B, H, N, D]. Not disposed.</param>
    /// <returns>[B, H, P + N, D] in the input's type, in the current dispose scope.</returns>
    public static Tensor Prepend(Tensor prefix, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(input);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor each = prefix.to(input.dtype).unsqueeze(0).expand(input.size(0), -1, -1, -1); // [H, P, D] -> [B, H, P, D]
        return torch.cat([each, input], 2).MoveToOuterDisposeScope();
    }

    /// <summary>Prepends virtual tokens, which are attended, to a mask.</summary>
    /// <param name="attentionMask">int64 [B, T], or null. Not disposed.</param>
    /// <param name="count">Virtual tokens.</param>
    /// <returns>int64 [B, count + T] in the current dispose scope; the same object when there is nothing to add.</returns>
    public static Tensor? Widen(Tensor? attentionMask, long count)
    {
        if (attentionMask is null || count == 0)
            return attentionMask;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor attended = torch.ones([attentionMask.size(0), count], attentionMask.dtype, attentionMask.device);
        return torch.cat([attended, attentionMask], 1).MoveToOuterDisposeScope();
    }
}
