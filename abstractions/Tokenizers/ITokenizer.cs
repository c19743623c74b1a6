namespace Tenon;

/// <summary>Ids of special tokens; null for those that the vocabulary does not have.</summary>
public sealed record SpecialTokens
{
    /// <summary>Ends a document (<c>&lt;|endoftext|&gt;</c>, <c>&lt;/s&gt;</c>).</summary>
    public int? EndOfText { get; init; }

    /// <summary>Starts a document (<c>&lt;s&gt;</c>); GPT-2 uses <see cref="EndOfText"/> for it.</summary>
    public int? BeginOfText { get; init; }

    /// <summary>Pads shorter sequences (<c>[PAD]</c>).</summary>
    public int? Pad { get; init; }

    /// <summary>Represents text that the vocabulary cannot encode (<c>[UNK]</c>).</summary>
    public int? Unknown { get; init; }

    /// <summary>First token of a classified sequence (<c>[CLS]</c>).</summary>
    public int? Classify { get; init; }

    /// <summary>Separates and ends segments (<c>[SEP]</c>).</summary>
    public int? Separator { get; init; }

    /// <summary>Masks a token to be predicted (<c>[MASK]</c>).</summary>
    public int? Mask { get; init; }
}

/// <summary>Converts text to token ids and back. Thread-safe.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids, special tokens included; each id is in [0, VocabularySize).</summary>
    int VocabularySize { get; }

    /// <summary>The special tokens.</summary>
    SpecialTokens Special { get; }

    /// <summary>Identifies vocabulary and rules; part of the names of cached tokenized text.</summary>
    string Fingerprint { get; }

    /// <summary>
    /// Returns the tokens to add around the ids of a text, or of two, as the tokenizer's files define them. Default: BERT's frame
    /// if the vocabulary has <c>[CLS]</c>, otherwise none. Models add it after truncating; a prompt to be continued gets only
    /// <see cref="TokenFrame.Before"/>.
    /// </summary>
    /// <param name="pair">Whether the frame is for two texts.</param>
    /// <exception cref="DataException">The files define no frame for two texts.</exception>
    TokenFrame Frame(bool pair = false) => TokenFrame.Of(Special, pair);

    /// <summary>
    /// Encodes the texts that a model generates, if they are tokenized differently from its input (the target language of a
    /// translation); by default this tokenizer. Both use the same ids.
    /// </summary>
    ITokenizer Target => this;

    /// <summary>Turns conversations into text and ids; null if the tokenizer's files contain no chat template.</summary>
    IChatTemplate? ChatTemplate => null;

    /// <summary>Returns this tokenizer with another chat template, which <see cref="Save"/> then writes.</summary>
    /// <param name="source">The template in Jinja.</param>
    /// <exception cref="DataException">The tokenizer does not support chat templates, or the template is malformed.</exception>
    ITokenizer WithChatTemplate(string source) => throw new DataException(
        $"The data contains conversations, but {GetType().Name} does not support chat templates. Use another tokenizer.");

    /// <summary>Encodes a text, without its <see cref="Frame"/>.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="recognizeSpecial">
    /// If true, the text of a special token (<c>[MASK]</c>) becomes its id; if false, it is ordinary text.
    /// </param>
    IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false);

    /// <summary>Decodes ids. Invalid UTF-8 becomes U+FFFD.</summary>
    /// <param name="ids">Each in [0, VocabularySize).</param>
    /// <param name="keepSpecial">Whether special tokens are included.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    string Decode(IEnumerable<int> ids, bool keepSpecial = false);

    /// <summary>Returns the vocabulary entry of a token, as in the tokenizer's files (<c>Ġthe</c>, <c>##ing</c>).</summary>
    /// <param name="id">In [0, VocabularySize).</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    string TokenText(int id);

    /// <summary>Returns the id of a vocabulary entry, or null.</summary>
    /// <param name="tokenText">The entry, as in the tokenizer's files.</param>
    int? TokenId(string tokenText);

    /// <summary>
    /// Returns the bytes that a token adds to the UTF-8 of a decoded text, possibly only a part of a character. Formats of generated
    /// texts (<see cref="ITokenFormat"/>) are made of them. Special tokens, which <see cref="Decode"/> omits, add none.
    /// </summary>
    /// <param name="id">In [0, VocabularySize).</param>
    /// <param name="isFirst">
    /// Whether it is the first token of the text that is not special: some tokenizers drop its leading space.
    /// </param>
    /// <returns>The bytes; null if they depend on other tokens or the tokenizer does not know them, the default.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    byte[]? TokenBytes(int id, bool isFirst) => null;

    /// <summary>Returns a decoder for text that arrives token by token.</summary>
    IStreamingDecoder StreamingDecoder();

    /// <summary>Writes the files that Hugging Face's <c>AutoTokenizer</c> reads (<c>tokenizer.json</c> and related files).</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="IOException">A file could not be written.</exception>
    void Save(string folder);
}

/// <summary>Decodes ids one at a time and returns text as soon as its characters are complete. Not thread-safe.</summary>
public interface IStreamingDecoder
{
    /// <summary>Returns the text completed by this token; may be empty.</summary>
    /// <param name="id">The next token.</param>
    string Add(int id);

    /// <summary>Returns the remaining text; incomplete characters become U+FFFD.</summary>
    string Flush();
}

/// <summary>The host's services for a tokenizer component.</summary>
/// <param name="BaseDirectory">Base folder of relative paths in the recipe.</param>
/// <param name="TrainingTexts">The training split's texts in order, read lazily; each enumeration starts at the beginning.</param>
/// <param name="Status">Receives a few words that describe slow work in progress.</param>
public sealed record TokenizerContext(string BaseDirectory, IEnumerable<string> TrainingTexts, Action<string> Status);

/// <summary>
/// Creates or opens tokenizers with any options, as the host calls it. Plugins implement <see cref="ITokenizerFactory{TOptions}"/>.
/// </summary>
public interface ITokenizerFactory : IComponent
{
    /// <inheritdoc cref="ITokenizerFactory{TOptions}.VocabularySize"/>
    int? VocabularySize(object options);

    /// <inheritdoc cref="ITokenizerFactory{TOptions}.SpecialTokens"/>
    SpecialTokens SpecialTokens(object options);

    /// <inheritdoc cref="ITokenizerFactory{TOptions}.Create"/>
    ITokenizer Create(object options, TokenizerContext context);

    /// <summary>Opens the tokenizer in a folder: a run's model folder or a Hugging Face checkpoint.</summary>
    /// <param name="folder">Holds at least one of the files in <see cref="TokenizerAttribute.Opens"/>.</param>
    /// <exception cref="DataException">A file is missing, malformed or unsupported.</exception>
    ITokenizer Open(string folder);
}

/// <summary>Creates or opens tokenizers. The class must have the attribute <see cref="TokenizerAttribute"/>.</summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
public interface ITokenizerFactory<in TOptions> : ITokenizerFactory where TOptions : class, new()
{
    /// <summary>
    /// Returns the expected vocabulary size, for planning, without creating the tokenizer; null if it is not known in advance. A
    /// vocabulary trained on little data may be smaller.
    /// </summary>
    /// <param name="options">Validated options.</param>
    int? VocabularySize(TOptions options);

    /// <summary>
    /// Returns the special tokens of a vocabulary of <see cref="VocabularySize"/>, for planning; none by default. Not called when
    /// the size is null.
    /// </summary>
    /// <param name="options">Validated options.</param>
    SpecialTokens SpecialTokens(TOptions options) => new();

    /// <summary>Creates the tokenizer of a recipe: reads an existing vocabulary or trains one on the data.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">Base folder of relative paths, and the texts to train on.</param>
    /// <exception cref="DataException">A vocabulary file is missing or malformed.</exception>
    ITokenizer Create(TOptions options, TokenizerContext context);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    int? ITokenizerFactory.VocabularySize(object options) => VocabularySize((TOptions)options);

    /// <inheritdoc/>
    SpecialTokens ITokenizerFactory.SpecialTokens(object options) => SpecialTokens((TOptions)options);

    /// <inheritdoc/>
    ITokenizer ITokenizerFactory.Create(object options, TokenizerContext context) => Create((TOptions)options, context);
}
