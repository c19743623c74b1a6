namespace Tenon;

/// <summary>Ids of the tokens with a meaning of their own; null where the vocabulary has none.</summary>
public sealed record SpecialTokens
{
    /// <summary>Ends a document (<c>&lt;|endoftext|&gt;</c>, <c>&lt;/s&gt;</c>).</summary>
    public int? EndOfText { get; init; }

    /// <summary>Starts a document (<c>&lt;s&gt;</c>); GPT-2 uses <see cref="EndOfText"/> for it.</summary>
    public int? BeginOfText { get; init; }

    /// <summary>Fills up shorter sequences (<c>[PAD]</c>).</summary>
    public int? Pad { get; init; }

    /// <summary>Stands for what the vocabulary cannot spell (<c>[UNK]</c>).</summary>
    public int? Unknown { get; init; }

    /// <summary>First token of a classified sequence (<c>[CLS]</c>).</summary>
    public int? Classify { get; init; }

    /// <summary>Between and after segments (<c>[SEP]</c>).</summary>
    public int? Separator { get; init; }

    /// <summary>Hides a token that is to be predicted (<c>[MASK]</c>).</summary>
    public int? Mask { get; init; }
}

/// <summary>Text to token ids and back. Thread-safe.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids, special tokens included; each id is in [0, VocabularySize).</summary>
    int VocabularySize { get; }

    /// <summary>The tokens with a meaning of their own.</summary>
    SpecialTokens Special { get; }

    /// <summary>Equal for equal vocabularies and rules; changes with either. Names files derived from tokenized text.</summary>
    string Fingerprint { get; }

    /// <summary>The ids of a text. Nothing is put before or after it.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="recogniseSpecial">
    /// True: the spelling of a special token (<c>[MASK]</c>) in the text becomes its id. False: it is text like any other.
    /// </param>
    IReadOnlyList<int> Encode(string text, bool recogniseSpecial = false);

    /// <summary>The text of ids. Bytes that are no valid UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Each in [0, VocabularySize).</param>
    /// <param name="keepSpecial">Whether special tokens are spelled out or left away.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    string Decode(IEnumerable<int> ids, bool keepSpecial = false);

    /// <summary>The vocabulary's own spelling of one token, as its files have it (<c>Ġthe</c>, <c>##ing</c>).</summary>
    /// <param name="id">In [0, VocabularySize).</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    string TokenText(int id);

    /// <summary>The id of a vocabulary entry as spelled in its files, or null.</summary>
    /// <param name="tokenText">The spelling.</param>
    int? TokenId(string tokenText);

    /// <summary>A decoder for text that arrives token by token.</summary>
    IStreamingDecoder StreamingDecoder();

    /// <summary>Writes the files that Hugging Face's <c>AutoTokenizer</c> reads (<c>tokenizer.json</c> and related files).</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="IOException">A file could not be written.</exception>
    void Save(string folder);
}

/// <summary>Decodes ids one at a time and hands out text as soon as its characters are whole. Not thread-safe.</summary>
public interface IStreamingDecoder
{
    /// <summary>The text that has become whole with this token; may be empty.</summary>
    /// <param name="id">The next token.</param>
    string Add(int id);

    /// <summary>What is left; incomplete characters become U+FFFD.</summary>
    string Flush();
}

/// <summary>What the host gives a tokenizer component.</summary>
/// <param name="BaseDirectory">The folder that relative paths in the recipe start from.</param>
/// <param name="TrainingTexts">The training split's texts in order, read lazily; each enumeration starts afresh.</param>
/// <param name="Status">Told in a few words what is being done, when it takes time.</param>
public sealed record TokenizerContext(string BaseDirectory, IEnumerable<string> TrainingTexts, Action<string> Status);

/// <summary>Makes or opens tokenizers, whatever its options: what the host calls. Plugins implement <see cref="ITokenizerFactory{TOptions}"/>.</summary>
public interface ITokenizerFactory : IComponent
{
    /// <inheritdoc cref="ITokenizerFactory{TOptions}.VocabularySize"/>
    int? VocabularySize(object options);

    /// <inheritdoc cref="ITokenizerFactory{TOptions}.SpecialTokens"/>
    SpecialTokens SpecialTokens(object options);

    /// <inheritdoc cref="ITokenizerFactory{TOptions}.Create"/>
    ITokenizer Create(object options, TokenizerContext context);

    /// <summary>Opens the tokenizer that was saved in a folder: an artifact's, or a Hugging Face checkpoint's.</summary>
    /// <param name="folder">Holds at least one of the files in <see cref="TokenizerAttribute.Opens"/>.</param>
    /// <exception cref="DataException">A file is missing, malformed or of a kind that is not supported.</exception>
    ITokenizer Open(string folder);
}

/// <summary>Makes or opens tokenizers. The class carries <see cref="TokenizerAttribute"/>.</summary>
/// <typeparam name="TOptions">The options that recipes set.</typeparam>
public interface ITokenizerFactory<in TOptions> : ITokenizerFactory where TOptions : class, new()
{
    /// <summary>
    /// How many ids the tokenizer of a recipe will have, without making it, for planning; null when that is known only
    /// afterwards. A trained vocabulary may come out smaller when the data is small.
    /// </summary>
    /// <param name="options">Validated options.</param>
    int? VocabularySize(TOptions options);

    /// <summary>
    /// The special tokens of a vocabulary that reaches <see cref="VocabularySize"/>, for planning; none unless the
    /// component says so. Not asked when the size is null.
    /// </summary>
    /// <param name="options">Validated options.</param>
    SpecialTokens SpecialTokens(TOptions options) => new();

    /// <summary>Makes the tokenizer of a recipe: reads a shipped vocabulary or trains one on the data.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">Where paths start, and the texts to train on.</param>
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
