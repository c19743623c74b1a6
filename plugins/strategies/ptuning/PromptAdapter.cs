using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.PTuning;

/// <summary>
/// An encoder and the prompt that it computes, attached to a model. Between steps, the model has a copy of the virtual tokens
/// without a graph; while a loss is computed, it has the tokens with their graph.
/// </summary>
internal sealed class PromptAdapter : IAdapter
{
    /// <summary>PEFT's name for the virtual tokens in <c>adapter_model.safetensors</c>.</summary>
    public const string Tokens = "prompt_embeddings";

    private readonly IPromptTunable _model;
    private readonly VirtualTokenEncoder _encoder;
    private readonly IReadOnlyDictionary<string, Parameter> _saved;
    private readonly Prompt? _before;
    private readonly Prompt _detached;
    private readonly Tensor _tokens;
    private Tensor? _written;

    /// <summary>Attaches the encoder's prompt to the model until disposed.</summary>
    /// <param name="model">Owned by the caller.</param>
    /// <param name="encoder">On the model's device. Disposed with the adapter.</param>
    /// <param name="saved">The model's own parameters that belong to the adapter, by name.</param>
    /// <param name="configuration">Content of <c>adapter_config.json</c>.</param>
    /// <exception cref="ModelException">The virtual tokens leave no room in the model's context.</exception>
    public PromptAdapter(
        IPromptTunable model, VirtualTokenEncoder encoder, IReadOnlyDictionary<string, Parameter> saved, JsonObject configuration)
    {
        (_model, _encoder, _saved, Configuration) = (model, encoder, saved, configuration);
        _before = model.Prompt;
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        _tokens = encoder.Forward().clone().DetachFromDisposeScope();
        _detached = encoder.Prompt(_tokens, model.PromptShape);
        _detached.Embeddings?.DetachFromDisposeScope();
        _detached.KeyValues?.DetachFromDisposeScope();
        model.Prompt = _detached;
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => _encoder;

    /// <inheritdoc/>
    public JsonObject Configuration { get; }

    /// <summary>The encoder's output, which is all that PEFT saves of it, and the model's other trained parameters.</summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Weights
    {
        get
        {
            using var untracked = torch.no_grad();
            using DisposeScope scope = torch.NewDisposeScope();
            _written?.Dispose();
            _written = _encoder.Forward().clone().DetachFromDisposeScope();
            return new Dictionary<string, Tensor>(PeftAdapter.Weights(_saved, PeftAdapter.PromptPrefix)) { [Tokens] = _written };
        }
    }

    /// <inheritdoc/>
    public void Apply()
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        _tokens.copy_(_encoder.Forward());
    }

    /// <summary>The model's loss, with gradients for the encoder.</summary>
    /// <param name="batch">As for <see cref="IModel.Loss"/>.</param>
    /// <returns>A scalar in the current dispose scope.</returns>
    public Tensor Loss(Batch batch) => Tracked(_encoder.Forward(), () => _model.Loss(batch));

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(
        IModel model, IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(requested);
        Tensor tokens = _encoder.Forward(); // [V, size]
        var outputs = new Dictionary<string, Tensor>(Tracked(tokens, () => model.Outputs(inputs, requested)));
        // PEFT's encoders are called with token indices, one row per example.
        string own = _detached.KeyValues is null ? "prompt_embeds" : "past_key_values";
        if (requested.Contains(own) && inputs.TryGetValue("indices", out Tensor? indices))
            // [V, size] -> [B, V, size]
            outputs[own] = tokens.index_select(0, indices.reshape(-1)).view(indices.size(0), indices.size(1), -1);
        return outputs;
    }

    // Computes a loss with a prompt through which gradients flow.
    private T Tracked<T>(Tensor tokens, Func<T> compute)
    {
        try
        {
            _model.Prompt = _encoder.Prompt(tokens, _model.PromptShape);
            return compute();
        }
        finally
        {
            // The prompt above is disposed with the caller's scope, but collate functions may ask the model for its length at any time.
            _model.Prompt = _detached;
        }
    }

    /// <summary>Restores the model's previous prompt, and disposes the encoder and the tokens.</summary>
    public void Dispose()
    {
        _model.Prompt = _before;
        _detached.Embeddings?.Dispose();
        _detached.KeyValues?.Dispose();
        _tokens.Dispose();
        _written?.Dispose();
        _encoder.Dispose();
    }
}
