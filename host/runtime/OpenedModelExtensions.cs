using Tenon.Host.Artifacts;
using Tenon.Host.Export;
using Tenon.Host.Inference;
using Tenon.Host.Inference.Images;
using Tenon.Host.Inference.Text;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Loading;
using TorchSharp;

namespace Tenon.Host;

/// <summary>Operations on an opened model.</summary>
public static class OpenedModelExtensions
{
    /// <summary>
    /// Continues prompts with a language model, in batches of similar length. A model with an encoder reads a prompt as its source text
    /// and generates the target.
    /// </summary>
    /// <param name="opened">The model.</param>
    /// <param name="prompts">At least one. An empty prompt starts from the end-of-text token; a source must not be empty.</param>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    /// <param name="seed">Equal seeds give equal texts.</param>
    /// <param name="onText">Receives the index of the prompt and each piece of text as it is generated, or null.</param>
    /// <param name="draft">Proposes tokens, so that texts are generated faster (<see cref="Drafts.Of"/>); null for none.</param>
    /// <param name="stop">Cancels generation after the current token.</param>
    /// <returns>One continuation per prompt, in order.</returns>
    /// <exception cref="ModelException">
    /// The model is not a causal language model, has no tokenizer, or a prompt exceeds its context length.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IReadOnlyList<Continuation> Generate(
        this OpenedModel opened, IReadOnlyList<string> prompts, SamplingOptions? sampling = null, ulong seed = 1,
        Action<int, string>? onText = null, DraftModel? draft = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        using IDisposable inference = InferenceMode.Enter();
        ArgumentNullException.ThrowIfNull(prompts);
        return TextGenerator.Generate(
            opened.As<ICausalLanguageModel>("generate"), opened.NeededTokenizer, prompts, opened.Constrained(sampling),
            new SeededRandom(seed), onText, draft, stop);
    }

    /// <summary>Searches the best texts for prompts, or for the sources of a model with an encoder, with beams.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="beams">Options of the search; null for those of the model's folder, or their defaults.</param>
    /// <param name="sampling">
    /// Length, repetition penalty and constraints; null for the defaults. Without constraints, those of the model's folder apply.
    /// </param>
    /// <param name="stop">Cancels the search after the current token.</param>
    /// <returns>For each prompt its texts in order, best first.</returns>
    /// <exception cref="ModelException">
    /// The model does not generate text or has no tokenizer, a prompt exceeds its context length, or there are more beams than ids.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IReadOnlyList<IReadOnlyList<ScoredContinuation>> Search(
        this OpenedModel opened, IReadOnlyList<string> prompts, BeamOptions? beams = null, SamplingOptions? sampling = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(prompts);
        using IDisposable inference = InferenceMode.Enter();
        return TextGenerator.Search(
            opened.As<ICausalLanguageModel>("generate"), opened.NeededTokenizer, prompts, opened.Constrained(sampling),
            beams ?? opened.GenerationSettings().Beams ?? new BeamOptions(), stop);
    }

    /// <summary>How the model's folder says that texts are generated.</summary>
    /// <param name="opened">The model.</param>
    /// <exception cref="ModelException">A setting has a value that is not supported.</exception>
    public static GenerationSettings GenerationSettings(this OpenedModel opened)
    {
        ArgumentNullException.ThrowIfNull(opened);
        return Inference.Text.GenerationSettings.Of(opened.FolderConfiguration);
    }

    /// <summary>Generates the assistant's next message in conversations, in the format of the model's chat template.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="conversations">At least one.</param>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    /// <param name="seed">Equal seeds give equal texts.</param>
    /// <param name="onText">Receives the index of the conversation and each piece of text as it is generated, or null.</param>
    /// <param name="draft">Proposes tokens, so that texts are generated faster (<see cref="Drafts.Of"/>); null for none.</param>
    /// <param name="stop">Cancels generation after the current token.</param>
    /// <returns>One message per conversation, in order.</returns>
    /// <exception cref="ModelException">
    /// The model is not a causal language model, has no tokenizer or no chat template, or a conversation exceeds its context length.
    /// </exception>
    /// <exception cref="DataException">The chat template is malformed, or rejects a conversation.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IReadOnlyList<Continuation> Chat(
        this OpenedModel opened, IReadOnlyList<Conversation> conversations, SamplingOptions? sampling = null, ulong seed = 1,
        Action<int, string>? onText = null, DraftModel? draft = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(conversations);
        using IDisposable inference = InferenceMode.Enter();
        return TextGenerator.Chat(
            opened.As<ICausalLanguageModel>("generate"), opened.NeededTokenizer, conversations, opened.Constrained(sampling),
            new SeededRandom(seed), onText, draft, stop);
    }

    /// <summary>Classifies texts or images, in batches of similar length.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="inputs">Texts or paths of image files, depending on the model.</param>
    /// <param name="top">Classes per input, most probable first; null for all.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    /// <returns>One result per input, in order, computed batch by batch during enumeration.</returns>
    /// <exception cref="ModelException">The model has no classes, or accepts neither texts nor images.</exception>
    /// <exception cref="DataException">A file is not an image.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IEnumerable<Classification> Classify(
        this OpenedModel opened, IReadOnlyList<string> inputs, int? top = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(inputs);
        IClassifier model = opened.As<IClassifier>("classify");
        IEnumerable<float[]> rows = opened.Rows([.. inputs], batch => model.ClassLogits(batch).softmax(-1), model.Labels.Count, stop);
        return inputs.Zip(rows, (input, row) => new Classification(input,
            [.. model.Labels.Zip(row, (label, probability) => new ClassProbability(label, probability))
                .OrderByDescending(each => each.Probability).Take(top ?? row.Length)]));
    }

    /// <summary>Classifies the words of texts.</summary>
    /// <param name="opened">A token classifier.</param>
    /// <param name="texts">Words separated by spaces.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    /// <returns>One result per text, in order, computed batch by batch during enumeration.</returns>
    /// <exception cref="ModelException">The model is not a token classifier, or a text does not fit its context.</exception>
    /// <exception cref="DataException">A text has no words.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IEnumerable<TaggedText> Tag(this OpenedModel opened, IReadOnlyList<string> texts, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(texts);
        return new WordTagger(opened).Tag(texts, stop);
    }

    /// <summary>Predicts the masked words of texts.</summary>
    /// <param name="opened">A masked language model.</param>
    /// <param name="texts">Texts that contain the tokenizer's mask token, such as <c>[MASK]</c>.</param>
    /// <param name="top">Words per mask, most probable first.</param>
    /// <param name="stop">Cancels after the current text.</param>
    /// <returns>One result per text, in order.</returns>
    /// <exception cref="ModelException">The model does not predict masked words, or a text does not fit its context.</exception>
    /// <exception cref="OptionsException">A text has no mask token.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IReadOnlyList<FilledText> Fill(this OpenedModel opened, IReadOnlyList<string> texts, int top = 5,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(texts);
        var filler = new MaskFiller(opened.As<IMaskedLanguageModel>("fill"), opened.NeededTokenizer, opened.Device.Torch);
        List<FilledText> filled = [];
        foreach (string text in texts)
        {
            stop.ThrowIfCancellationRequested();
            filled.Add(filler.Fill(text, top));
        }

        return filled;
    }

    /// <summary>Answers questions about a passage with spans of its text.</summary>
    /// <param name="opened">A question answerer, such as a BERT with a span head.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="passage">The text to search, of any length.</param>
    /// <param name="options">Number and length of the answers; null for the defaults.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    /// <returns>One result per question, in order.</returns>
    /// <exception cref="ModelException">The model does not answer questions, or has no tokenizer.</exception>
    /// <exception cref="DataException">The passage is empty.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IReadOnlyList<AnsweredQuestion> Answer(
        this OpenedModel opened, IReadOnlyList<string> questions, string passage, AnswerOptions? options = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(passage);
        var answerer = new QuestionAnswerer(opened.As<IQuestionAnswerer>("answer"), opened.NeededTokenizer, opened.Device.Torch);
        return [.. answerer.Answer([.. questions.Select(question => (question, passage))], options ?? new AnswerOptions(), stop)];
    }

    /// <summary>Samples images from a diffusion model. The caller disposes the result; <see cref="ImageGrid.Png"/> draws it.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="sampler">A sampler from <see cref="TenonHost.Sampler"/>.</param>
    /// <param name="options">Number of images, classes and seed; null for the defaults.</param>
    /// <param name="progress">Receives the number of completed and of all passes after each pass, or null.</param>
    /// <param name="stop">Cancels after the current pass.</param>
    /// <exception cref="ModelException">The model is not a diffusion model, has no such class, or no classes for guidance.</exception>
    /// <exception cref="OptionsException">More steps are requested than the model has timesteps.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static SampledImages Sample(
        this OpenedModel opened, ChosenSampler sampler, ImageSamplingOptions? options = null, Action<int, int>? progress = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        return ImageSampler.Sample(
            opened.As<IDenoiser>("sample"), opened.Device.Torch, sampler, options ?? new ImageSamplingOptions(), progress, stop);
    }

    /// <summary>Embeds texts or images.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="inputs">Texts or paths of image files, depending on the model.</param>
    /// <param name="pooling">How vectors are computed; null for the folder's setting, if any, otherwise the architecture's.</param>
    /// <param name="stop">Cancels after the current batch.</param>
    /// <returns>One vector per input, in order, computed batch by batch during enumeration.</returns>
    /// <exception cref="ModelException">
    /// The model has no embeddings, accepts neither texts nor images, or the folder's pooling is not supported.
    /// </exception>
    /// <exception cref="DataException">A file is not an image.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public static IEnumerable<float[]> Embed(
        this OpenedModel opened, IReadOnlyList<string> inputs, Pooling? pooling = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(inputs);
        IEmbedder model = opened.As<IEmbedder>("embed");
        Pooling chosen = pooling ?? opened.FolderPooling() ?? new Pooling();
        return opened.Rows([.. inputs], batch => chosen.Apply(model, batch), chosen.Size(model), stop, Sentences(opened)?.MaximumTokens);
    }

    /// <summary>
    /// Returns the pooling that the folder sets for embeddings (<c>1_Pooling/config.json</c>); null if it does not set any.
    /// </summary>
    /// <param name="opened">The model.</param>
    /// <exception cref="ModelException">The folder's settings are malformed or not supported.</exception>
    public static Pooling? FolderPooling(this OpenedModel opened)
    {
        ArgumentNullException.ThrowIfNull(opened);
        return Sentences(opened)?.Pooling;
    }

    /// <summary>
    /// Exports a model with its adapters merged, and its tokenizer, to a file that llama.cpp and programs built on it open.
    /// </summary>
    /// <param name="opened">The model. Its adapters are merged.</param>
    /// <param name="file">The file, in an existing folder; replaced if it exists, and unchanged if the export fails.</param>
    /// <param name="weights">
    /// Format of the matrices: f32, f16, bf16 or q8_0; null for the type of the folder's weights. Vectors and learned positions are
    /// always float32.
    /// </param>
    /// <exception cref="ModelException">llama.cpp has no such model or tokenizer, or a tensor does not fit the format.</exception>
    /// <exception cref="OptionsException">The format is unknown.</exception>
    public static ExportReport ExportGguf(this OpenedModel opened, string file, string? weights = null)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(file);
        return GgufExport.Write(opened, file, weights);
    }

    /// <summary>Exports the LoRA adapter of a model to a file that llama.cpp applies to the exported base model.</summary>
    /// <param name="opened">The model with one adapter.</param>
    /// <param name="file">The file, in an existing folder; replaced if it exists, and unchanged if the export fails.</param>
    /// <param name="weights">Format of the matrices: f32, f16, bf16 or q8_0.</param>
    /// <exception cref="ModelException">llama.cpp has no such model or adapter, or a tensor does not fit the format.</exception>
    /// <exception cref="OptionsException">The format is unknown.</exception>
    public static ExportReport ExportGgufAdapter(this OpenedModel opened, string file, string weights = "f32")
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(file);
        return GgufExport.WriteAdapter(opened, file, weights);
    }

    /// <summary>
    /// Returns the files of a folder that contains the model with its adapters merged, and its folder's settings for embeddings.
    /// </summary>
    /// <param name="opened">The model.</param>
    /// <exception cref="ModelException">The folder's settings are malformed.</exception>
    internal static ModelLayout Layout(this OpenedModel opened) =>
        new(opened.Describe(), opened.Architecture.WeightsFile)
        {
            SentenceFiles = Sentences(opened)?.Files ?? new Dictionary<string, string>(),
        };

    /// <summary>Writes a model's folder with its adapters merged. Weights have the types that they have in the opened folder.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="maxShardBytes">Bytes above which the weights are written to several files.</param>
    /// <exception cref="ModelException">The model was opened with packed weights only, or a weight is too large for float16.</exception>
    internal static void Save(this OpenedModel opened, string folder, long maxShardBytes)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ModelFolder.Save(folder, opened.Layout(), opened.Tokenizer, opened.StoredTypes.Restore(opened.Weights()), maxShardBytes);
    }

    // Constraints of the folder apply unless the caller sets others.
    private static SamplingOptions Constrained(this OpenedModel opened, SamplingOptions? sampling) =>
        opened.GenerationSettings().Constrain(sampling);

    private static SentenceFolder? Sentences(OpenedModel opened) => SentenceFolder.Find(opened.Folders);
}
