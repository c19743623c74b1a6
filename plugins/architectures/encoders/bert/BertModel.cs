using Tenon.Layers;

namespace Tenon.Bert;

/// <summary>
/// BERT with the head that <see cref="BertOptions.Head"/> names. As in the published models, the decoder of the masked-language
/// head is the word embedding, and the state dictionary has no <c>cls.predictions.decoder.weight</c>, unless
/// <see cref="BertOptions.TieEmbeddings"/> is false.
/// <para>
/// A member throws if the model lacks the head that it needs: <see cref="TokenLogits"/> needs <c>masked-lm</c> or
/// <c>pre-training</c>, <see cref="ClassLogits"/> needs <c>sequence-classification</c>, <see cref="TokenClassLogits"/> needs
/// <c>token-classification</c>, and <see cref="SpanLogits"/> needs <c>question-answering</c>.
/// </para>
/// <para>
/// Virtual tokens take up positions: a <see cref="Prompt"/> of V tokens reduces <see cref="ContextLength"/> and
/// <see cref="BlockLength"/> by V. Set the prompt before requesting batches. As in PEFT, the pooler reads the first position,
/// which is a virtual token if the input has any.
/// </para>
/// </summary>
public sealed partial class BertModel
    : NamedModule, IMaskedLanguageModel, IClassifier, ITokenClassifier, IEmbedder, ITiesEmbeddings, ILearnsFromTokens, IHasCost,
        IDividesLayers
{
    private readonly BertOptions _options;
    private readonly BertSizes _sizes;
    private readonly string _head;
    private readonly Autocast _autocast;
    private readonly BertEncoder _encoder;
    private readonly BertPredictions? _predictions;
    private readonly Linear? _nextSentence;
    private readonly Linear? _classifier;
    private readonly Linear? _spans;
    private readonly PromptSlot _prompt;
    private VocabularyPart? _vocabulary;

    internal BertModel(BertOptions options, BuildContext context) : base(nameof(BertModel))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _options = options;
        _sizes = BertSizes.Of(options);
        _head = _sizes.Head;
        // A sequence needs its special tokens and two more.
        _prompt = new PromptSlot(_sizes.PromptShape, _sizes.ContextLength, minimumLeft: Specials + 2);
        _autocast = context.Autocast;
        register_module("bert", _encoder = new BertEncoder(_sizes, options, context));
        int hidden = _sizes.HiddenSize;
        if (BertHeads.HasClasses(_head))
        {
            register_module("classifier", _classifier = new Linear(hidden, _sizes.Labels.Count, context));
            Initialization.Normal(_classifier.Weight, options.InitializerRange);
            return;
        }

        if (_head == BertHeads.QuestionAnswering)
        {
            register_module("qa_outputs", _spans = new Linear(hidden, 2, context));
            Initialization.Normal(_spans.Weight, options.InitializerRange);
            return;
        }

        _predictions = new BertPredictions(_sizes, options, context);
        if (!options.TieEmbeddings)
        {
            var decoder = new Linear(hidden, _sizes.VocabularySize, context, bias: false) { Division = LayerDivision.CollectedOutputs };
            Initialization.Normal(decoder.Weight, options.InitializerRange);
            _predictions.Add(decoder);
        }

        if (_head != BertHeads.PreTraining)
        {
            register_module("cls", new NameScope(("predictions", _predictions)));
            return;
        }

        _nextSentence = new Linear(hidden, 2, context);
        register_module("cls", new NameScope(("predictions", _predictions), ("seq_relationship", _nextSentence)));
        Initialization.Normal(_nextSentence.Weight, options.InitializerRange);
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public int VocabularySize => _sizes.VocabularySize;

    /// <inheritdoc/>
    public int ContextLength => _prompt.ContextLength;

    /// <summary>Names of the classes of texts or tokens; empty if the head has none.</summary>
    public IReadOnlyList<string> Labels => _sizes.Labels;

    /// <inheritdoc/>
    IReadOnlyList<string> IClassifier.Labels => _head == BertHeads.SequenceClassification ? Labels : [];

    /// <inheritdoc/>
    IReadOnlyList<string> ITokenClassifier.Labels => _head == BertHeads.TokenClassification ? Labels : [];

    /// <summary>The hidden size: a text's vector is the mean of its tokens' final hidden states.</summary>
    /// <inheritdoc/>
    public int EmbeddingSize => _sizes.HiddenSize;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> DividedSizes => _sizes.DividedSizes;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorDivision> Divisions { get; private set; } = new Dictionary<string, TensorDivision>();

    /// <inheritdoc/>
    public void Divide(ICommunicator ranks)
    {
        var layers = new LayerRanks(ranks);
        Divisions = layers.Divide(this);
        _vocabulary = new VocabularyPart(layers, VocabularySize);
    }

    /// <inheritdoc/>
    public PromptShape PromptShape => _prompt.Shape;

    /// <inheritdoc/>
    public Parameter TokenEmbeddings => _encoder.WordEmbeddings;

    /// <inheritdoc/>
    public bool IsTied => _predictions is { Decoder: null };

    /// <inheritdoc/>
    public string OutputMap => $"cls.predictions.{BertPredictions.DecoderName}";

    /// <inheritdoc/>
    public void Untie()
    {
        if (!IsTied)
            return;
        using var untracked = torch.no_grad();
        var decoder = new Linear(EmbeddingSize, VocabularySize, new BuildContext(TokenEmbeddings.device, _autocast), bias: false);
        decoder.Weight.copy_(TokenEmbeddings);
        decoder.Weight.DetachFromDisposeScope();
        decoder.train(training);
        _predictions!.Add(decoder);
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">A part does not match <see cref="PromptShape"/>, or fills the context.</exception>
    public Prompt? Prompt
    {
        get => _prompt.Prompt;
        set => _prompt.Prompt = value;
    }

    /// <summary>
    /// The cross-entropy of the masked tokens, plus, for <c>pre-training</c>, the cross-entropy of next-sentence prediction
    /// (Devlin et al. 2018, appendix A.2); or the cross-entropy of the classes; or the mean of the cross-entropies of the first and
    /// the last token of the answers (section 4.2).
    /// </summary>
    /// <inheritdoc/>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        if (_head == BertHeads.SequenceClassification)
            return CrossEntropy.Mean(ClassLogits(batch), batch[BatchNames.Labels]).MoveToOuterDisposeScope();
        if (_head == BertHeads.QuestionAnswering)
            return SpanLoss(SpanLogits(batch), batch[BatchNames.StartPositions], batch[BatchNames.EndPositions]).MoveToOuterDisposeScope();

        Tensor hidden = Hidden(batch); // [B, N, E]
        Tensor labels = batch[BatchNames.Labels].reshape(-1); // [B, T] -> [B·T]
        // [B, N, E] -> [B·T, E]
        Tensor tokens = VirtualTokens.Without(hidden, batch[BatchNames.InputIds].size(1)).reshape(-1, EmbeddingSize);
        if (_head == BertHeads.TokenClassification)
            return CrossEntropy.Mean(Classify(tokens), labels).MoveToOuterDisposeScope();

        // Only masked tokens go through the decoder, which is the most expensive matrix product.
        Tensor rows = Targets(labels); // [M]
        Tensor masked = tokens.index([rows]); // [B·T, E] -> [M, E]
        // A delta on the decoder is not part of its weight.
        Tensor loss = _predictions!.Decoder is { Delta: not null }
            ? CrossEntropy.Mean(Decode(masked), labels.index([rows]))
            : CrossEntropy.OfLinear(
                _predictions.Transform(masked), _predictions.Decoder?.Weight ?? TokenEmbeddings, labels.index([rows]), _autocast,
                bias: DecoderBias, part: _vocabulary);
        if (batch.Find(BatchNames.NextSentenceLabel) is { } follows && _nextSentence is not null)
            loss = loss + CrossEntropy.Mean(_nextSentence.call(_encoder.Pool(hidden)), follows);
        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has a different head.</exception>
    public Tensor TokenLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_predictions is null)
            throw Missing("masked tokens", BertHeads.MaskedLanguageModel, BertHeads.PreTraining);
        using DisposeScope scope = torch.NewDisposeScope();
        return Decode(Tokens(batch)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has a different head.</exception>
    public Tensor TargetLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_predictions is null)
            throw Missing("masked tokens", BertHeads.MaskedLanguageModel, BertHeads.PreTraining);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor tokens = Tokens(batch).reshape(-1, EmbeddingSize); // [B, N, E] -> [B·T, E]
        return Decode(tokens.index([Targets(batch[BatchNames.Labels].reshape(-1))])).MoveToOuterDisposeScope(); // [B·T, E] -> [M, V]
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has a different head.</exception>
    public Tensor TokenClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_head != BertHeads.TokenClassification)
            throw Missing("the class of a token", BertHeads.TokenClassification);
        using DisposeScope scope = torch.NewDisposeScope();
        return Classify(Tokens(batch)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has a different head.</exception>
    public Tensor ClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_head != BertHeads.SequenceClassification)
            throw Missing("the class of a text", BertHeads.SequenceClassification);
        using DisposeScope scope = torch.NewDisposeScope();
        return Classify(_encoder.Pool(Hidden(batch))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Embed(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return MeanPooling.Apply(Tokens(batch), batch.Find(BatchNames.AttentionMask)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor TokenStates(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return Tokens(batch).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The cost of one token in a full context. The masked-language head counts only for the share of tokens that are masked.
    /// </summary>
    /// <inheritdoc/>
    public ModelCost Cost
    {
        get
        {
            double hidden = _sizes.HiddenSize;
            int context = _sizes.ContextLength;
            TransformerCost layers = _sizes.Cost(context);
            DeviceType device = TokenEmbeddings.device_type == DeviceType.CUDA ? DeviceType.CUDA : DeviceType.CPU;
            bool plain = Attention.IsPlain(_autocast, device, context, context)
                || (device == DeviceType.CPU && _options.AttentionDropout > 0);
            double head = _predictions is null ? 0 : _options.MaskShare * 2 * hidden * (hidden + VocabularySize);
            double kept = layers.ActivationBytes(
                _autocast.Enabled ? 2 : 4, plain, _options.Dropout > 0);
            return new ModelCost("token", context, layers.ForwardFlop + head, kept + 4 * 2 * hidden)
            {
                CheckpointedActivationBytes = layers.CheckpointedBytes(kept) + 4 * 2 * hidden,
                IsCheckpointed = _options.ActivationCheckpointing,
            };
        }
    }

    // [B, T] -> [B, N, E]
    private Tensor Hidden(Batch batch) => _encoder.Forward(batch[BatchNames.InputIds], new BertPass
    {
        AttentionMask = batch.Find(BatchNames.AttentionMask),
        TokenTypeIds = batch.Find(BatchNames.TokenTypeIds),
        Prompt = _prompt.Prompt,
    });

    // [B, T] -> [B, T, E]
    private Tensor Tokens(Batch batch) => VirtualTokens.Without(Hidden(batch), batch[BatchNames.InputIds].size(1));

    // The positions that have a label: [B·T] -> [M]
    private static Tensor Targets(Tensor labels) => labels.ne(BatchNames.Ignored).nonzero().squeeze(1);

    // [..., E] -> float32 [..., vocabulary]
    private Tensor Decode(Tensor hidden)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor transformed = _predictions!.Transform(hidden); // [..., E]
        Tensor decoded = _predictions.Decoder is { } decoder
            ? decoder.call(transformed) + _predictions.Bias
            : Collected(Linear.Apply(_vocabulary?.Ranks.Enter(transformed) ?? transformed, TokenEmbeddings, DecoderBias, _autocast));
        return decoded.to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    // The bias of the tokens that this process decodes.
    private Tensor DecoderBias => _vocabulary?.Of(_predictions!.Bias) ?? _predictions!.Bias;

    // The logits of all tokens, of which this process may have computed a part.
    private Tensor Collected(Tensor logits) => _vocabulary?.Ranks.Collect(logits, VocabularySize) ?? logits;

    // [..., E] -> float32 [..., classes]
    private Tensor Classify(Tensor features)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor input = Dropout.Apply(features, _options.ClassifierDropout ?? _options.Dropout, training);
        return _classifier!.call(input).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Masked tokens, classes and spans are predicted by different heads, and a model has only one.</summary>
    /// <inheritdoc/>
    public string? UnsupportedReason(Type capability)
    {
        if (typeof(IQuestionAnswerer).IsAssignableFrom(capability) && _spans is null)
            return Missing("spans of a passage", BertHeads.QuestionAnswering).Message;
        if (typeof(ILanguageModel).IsAssignableFrom(capability) && _predictions is null)
            return Missing("masked tokens", BertHeads.MaskedLanguageModel, BertHeads.PreTraining).Message;
        return typeof(IPolicy).IsAssignableFrom(capability) && !MakesOneChoice ? NoChoice.Message : null;
    }

    private bool MakesOneChoice => _head is not (BertHeads.TokenClassification or BertHeads.QuestionAnswering);

    private ModelException NoChoice => Missing("one choice for a text", BertHeads.MaskedLanguageModel, BertHeads.SequenceClassification);

    private ModelException Missing(string what, params string[] heads) => new(
        $"This BERT has the head '{_head}', which does not predict {what}. Set 'head' to " +
        $"{string.Join(" or ", heads.Select(head => $"'{head}'"))}.");
}
