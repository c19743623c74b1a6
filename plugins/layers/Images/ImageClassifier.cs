namespace Tenon.Layers.Images;

/// <summary>The output of an image encoder.</summary>
/// <param name="Hidden">The final hidden states, such as [B, N, E] or [B, C, H, W]: <c>last_hidden_state</c>.</param>
/// <param name="Pooled">float32 [B, E]: the vector of each image, which the head reads.</param>
public readonly record struct ImageFeatures(Tensor Hidden, Tensor Pooled);

/// <summary>
/// An image classifier: an encoder that maps each image to a vector, and a head. Architectures derive from it and add only these
/// two. It collates images, trains on their classes, computes embeddings, and is a policy whose action is a class.
/// </summary>
public abstract partial class ImageClassifier : NamedModule, IClassifier, IEmbedder, IImageModel, ICollate<ImageExample>, IHasCost
{
    private readonly ImageClassifierOptions _options;

    /// <summary>Takes the options that all image classifiers share.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="options">Resolved options.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    protected ImageClassifier(string name, ImageClassifierOptions options) : base(name)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        Input = new ImageInput(options);
        Labels = ResolvedOptions.Value(options.Labels);
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The size of the vector that the head reads.</summary>
    /// <inheritdoc/>
    public abstract int EmbeddingSize { get; }

    /// <inheritdoc/>
    public (int Height, int Width, int Channels) ImageSize => (Input.Size, Input.Size, Input.Channels);

    /// <inheritdoc/>
    public ImagePreparation ImagePreparation => Input.Preparation;

    /// <summary>The cost of one image.</summary>
    /// <inheritdoc/>
    public abstract ModelCost Cost { get; }

    /// <summary>Size and normalization of the images.</summary>
    protected ImageInput Input { get; }

    /// <summary>
    /// <c>pixel_values</c> [B, C, H, W], and <c>labels</c> [B] if the examples have any. Only in training, images are augmented
    /// and mixed together with their labels.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<ImageExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor pixels = Input.Pixels(examples, context);
        var tensors = new Dictionary<string, Tensor> { [BatchNames.PixelValues] = pixels };
        long[]? labels = ClassLabels.Check([.. examples.Select(example => example.Label)], Labels, context.Training);
        if (labels is not null)
            tensors[BatchNames.Labels] = torch.tensor(labels);
        if (context.Training)
            ImageMixing.Apply(tensors, _options.Mixup, _options.Cutmix, context.Random.Fork("mixing"));
        return new Batch(tensors, examples.Count, labels?.Length ?? 0)
        {
            RowTargets = [.. examples.Select(_ => labels is null ? 0L : 1)],
        };
    }

    /// <summary>Cross-entropy of the classes; in training, with smoothed and mixed labels.</summary>
    /// <inheritdoc/>
    public Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = ClassLogits(batch);
        Tensor loss = CrossEntropy.Mean(logits, batch[BatchNames.Labels]);
        if (batch.Find(ImageMixing.Labels) is { } others)
        {
            Tensor share = batch[ImageMixing.Share];
            loss = share * loss + (1 - share) * CrossEntropy.Mean(logits, others);
        }

        double smoothing = training ? _options.LabelSmoothing : 0;
        if (smoothing > 0)
            loss = (1 - smoothing) * loss - smoothing * logits.log_softmax(-1).mean(); // [B, classes] -> the mean over both
        return loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return Logits(Encode(batch[BatchNames.PixelValues]).Pooled).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Embed(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return Encode(batch[BatchNames.PixelValues]).Pooled.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <c>logits</c>, <c>loss</c> if there are <c>labels</c>, <c>last_hidden_state</c>, <c>hidden_states.N</c>, and the
    /// architecture's own outputs.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        using var outputs = new NamedOutputs(inputs, requested);
        List<Tensor> states = [];
        ImageFeatures features = Encode(outputs.Input(BatchNames.PixelValues), states);
        Tensor logits = Logits(features.Pooled);

        outputs.Add("logits", () => logits);
        outputs.Add("last_hidden_state", () => features.Hidden);
        outputs.AddEach("hidden_states", states);
        AddOutputs(outputs, features);
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => CrossEntropy.Mean(logits, labels));
        return outputs.Take();
    }

    /// <summary>Encodes images.</summary>
    /// <param name="pixels">float32 [B, C, height, width]. Not disposed.</param>
    /// <param name="hiddenStates">Receives the embeddings and the output of each layer or stage; or null.</param>
    /// <returns>In the current dispose scope, with graph.</returns>
    protected abstract ImageFeatures Encode(Tensor pixels, List<Tensor>? hiddenStates = null);

    /// <summary>The head.</summary>
    /// <param name="pooled">float32 [B, E]. Not disposed.</param>
    /// <returns>[B, classes] of any floating-point type, in the current dispose scope.</returns>
    protected abstract Tensor Classify(Tensor pooled);

    /// <summary>Adds outputs that only this architecture has.</summary>
    /// <param name="outputs">Receives them.</param>
    /// <param name="features">The encoder's output.</param>
    protected virtual void AddOutputs(NamedOutputs outputs, ImageFeatures features) { }

    // [B, E] -> float32 [B, classes]
    private Tensor Logits(Tensor pooled)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Classify(pooled).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
