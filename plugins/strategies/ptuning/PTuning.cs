using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.PTuning;

/// <summary>
/// Trains virtual tokens that steer a frozen model: P-tuning (Liu et al. 2021, "GPT understands, too"), prompt tuning
/// (Lester et al. 2021) and prefix tuning (Li and Liang 2021; P-tuning v2 in Liu et al. 2022). Saved in PEFT's format; the
/// state of PEFT's own encoders can be opened too.
/// Not supported: anchor tokens inside the input, several prompts at once, different prompts per example.
/// </summary>
[TrainsAdapter]
[Strategy("ptuning", "P-tuning, prompt tuning and prefix tuning of a frozen model",
    AdapterTypes = [PTuningType, PromptTuningType, PrefixTuningType])]
public sealed class PTuning : IStrategy<PTuningOptions, IPromptTunable>, IAdapterFormat
{
    internal const string PTuningType = "P_TUNING";
    private const string PromptTuningType = "PROMPT_TUNING";
    internal const string PrefixTuningType = "PREFIX_TUNING";

    /// <inheritdoc/>
    public void Run(PTuningOptions options, IRun<IPromptTunable> run, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(run);
        IPromptTunable model = run.Model;
        IReadOnlyDictionary<string, Parameter> saved = PeftAdapter.Freeze(model, options.ModulesToSave);
        VirtualTokenEncoder encoder = InitialPrompt.Encoder(options, model, run.Tokenizer, run.Random.Fork("virtual tokens"));
        using var adapter = new PromptAdapter(model, encoder, saved, Describe(options, model, saved));
        using IOptimization optimization = run.Optimize(new OptimizationSetup { Adapter = adapter, Selection = options });
        while (optimization.Next())
            optimization.Step(adapter.Loss);
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(PTuningOptions options, IPromptTunable model, ITokenizer? tokenizer, IRunData data)
    {
        ArgumentNullException.ThrowIfNull(options);
        return [.. PeftAdapter.Validate(model, options.ModulesToSave, nameof(options.ModulesToSave)),
            .. InitialPrompt.Validate(options, model, tokenizer)];
    }

    /// <inheritdoc/>
    public IAdapter Open(JsonObject configuration, IReadOnlyDictionary<string, Tensor> weights, IModel model)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(weights);
        if (model is not IPromptTunable tunable)
            throw new ModelException(
                $"The adapter is a prompt, but {model?.GetType().Name ?? "this model"} does not accept prompts. Use the base model " +
                "that it was trained on.");
        VirtualTokenEncoder encoder = SavedEncoder.Open(configuration, weights, tunable);
        try
        {
            IReadOnlyDictionary<string, Parameter> restored = PeftAdapter.Restore(
                configuration, PeftAdapter.PromptPrefix, weights, model, SavedEncoder.Owns(weights, encoder));
            encoder.to(InitialPrompt.DeviceOf(model));
            encoder.eval();
            return new PromptAdapter(tunable, encoder, restored, configuration.DeepClone().AsObject());
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private static JsonObject Describe(PTuningOptions options, IPromptTunable model, IReadOnlyDictionary<string, Parameter> saved)
    {
        PromptShape shape = model.PromptShape;
        bool prefix = options.Method == "prefix-tuning";
        string type = prefix ? PrefixTuningType : options.Method == "p-tuning" ? PTuningType : PromptTuningType;
        JsonObject json = PeftAdapter.Configuration(type, model, saved);
        json["num_virtual_tokens"] = options.VirtualTokens;
        json["token_dim"] = prefix ? PrefixEncoder.TokenSize(shape) : shape.EmbeddingSize;
        json["num_transformer_submodules"] = 1;
        json["num_attention_heads"] = shape.Heads;
        json["num_layers"] = shape.Layers;
        if (type == PTuningType)
        {
            json["encoder_reparameterization_type"] = options.Encoder.ToUpperInvariant();
            json["encoder_num_layers"] = options.EncoderLayers;
            json["encoder_dropout"] = options.EncoderDropout;
        }

        if (prefix)
            json["prefix_projection"] = options.Projection;
        if (type != PromptTuningType)
            json["encoder_hidden_size"] = options.EncoderHiddenSize ?? shape.EmbeddingSize;
        return json;
    }
}
