using System.ComponentModel.DataAnnotations;
using Tenon.Tokenizers.BytePair;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.WordPiece;

namespace Tenon.Tokenizers;

/// <summary>No options.</summary>
public sealed record BytesOptions;

/// <summary>
/// Each byte of the UTF-8 text is a token, whose id is its value; <c>&lt;|endoftext|&gt;</c> is 256. Needs neither training nor a
/// download; sequences are as long as the text in bytes.
/// </summary>
[Tokenizer("bytes", "UTF-8 bytes as tokens: 257 ids, no training")]
public sealed class BytesTokenizer : ITokenizerFactory<BytesOptions>
{
    /// <inheritdoc/>
    public int? VocabularySize(BytesOptions options) => 257;

    /// <inheritdoc/>
    public SpecialTokens SpecialTokens(BytesOptions options) => BytePairModel.SpecialTokens(257);

    /// <inheritdoc/>
    public ITokenizer Create(BytesOptions options, TokenizerContext context) => BytePairModel.Bytes().ToTokenizer();

    /// <inheritdoc/>
    public ITokenizer Open(string folder) => HuggingFaceReader.Open(folder);
}

/// <summary>Options of <c>bpe</c>.</summary>
public sealed record BytePairOptions
{
    /// <summary>Number of ids: 256 bytes, merged pairs, and <c>&lt;|endoftext|&gt;</c>, which is last.</summary>
    [Range(257, 1_000_000)]
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Minimum count of a pair to be merged. Rarer pairs are not merged, so the vocabulary may be smaller than
    /// requested.</summary>
    [Range(1, int.MaxValue)]
    public int MinimumCount { get; init; } = 2;
}

/// <summary>
/// Byte-level byte-pair encoding trained on the run's texts (Sennrich et al. 2016; Radford et al. 2019). The same texts
/// give the same vocabulary.
/// </summary>
[Tokenizer("bpe", "Byte-level byte-pair encoding, trained on the run's texts")]
public sealed class BytePairTokenizer : ITokenizerFactory<BytePairOptions>
{
    /// <inheritdoc/>
    public int? VocabularySize(BytePairOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.VocabularySize;
    }

    /// <inheritdoc/>
    public SpecialTokens SpecialTokens(BytePairOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return BytePairModel.SpecialTokens(options.VocabularySize);
    }

    /// <inheritdoc/>
    public ITokenizer Create(BytePairOptions options, TokenizerContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        context.Status($"training a vocabulary of {options.VocabularySize} tokens");
        var model = BytePairTrainer.Train(context.TrainingTexts, options.VocabularySize, options.MinimumCount);
        if (model.Vocabulary.Count == BytePairModel.Bytes().Vocabulary.Count && options.VocabularySize > model.Vocabulary.Count)
        {
            throw new DataException(
                $"No pair of bytes occurs {options.MinimumCount} times or more in the training texts, so there is nothing to merge. " +
                "Use more text, or the tokenizer 'bytes'.");
        }

        if (model.Vocabulary.Count < options.VocabularySize)
            context.Status(
                $"the vocabulary has {model.Vocabulary.Count} tokens, not {options.VocabularySize}: no further pair occurs " +
                $"{options.MinimumCount} times");
        return model.ToTokenizer();
    }

    /// <inheritdoc/>
    public ITokenizer Open(string folder) => HuggingFaceReader.Open(folder);
}

/// <summary>No options.</summary>
public sealed record Gpt2Options;

/// <summary>GPT-2's vocabulary with its exact 50,257 ids (Radford et al. 2019), built into the plugin.</summary>
[Tokenizer("gpt2", "GPT-2's 50,257 tokens (built in)")]
public sealed class Gpt2Tokenizer : ITokenizerFactory<Gpt2Options>
{
    /// <inheritdoc/>
    public int? VocabularySize(Gpt2Options options) => 50_257;

    /// <inheritdoc/>
    public SpecialTokens SpecialTokens(Gpt2Options options) => BytePairModel.SpecialTokens(50_257);

    /// <inheritdoc/>
    public ITokenizer Create(Gpt2Options options, TokenizerContext context) => BytePairModel.Gpt2().ToTokenizer();

    /// <inheritdoc/>
    public ITokenizer Open(string folder) => HuggingFaceReader.Open(folder);
}

/// <summary>Options of <c>wordpiece</c>.</summary>
public sealed record WordPieceTrainingOptions
{
    /// <summary>Number of ids: BERT's 5 special tokens, which come first, the characters of the texts, and merged pieces.</summary>
    [Range(WordPieceTrainer.SmallestVocabulary, 1_000_000)]
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Whether to lowercase letters and strip accents, as in BERT's uncased models.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>
    /// Minimum count: rarer characters get no id, and rarer pairs are not merged, so the vocabulary may be smaller than
    /// requested.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MinimumCount { get; init; } = 2;
}

/// <summary>
/// BERT's WordPiece tokenizer, trained on the run's texts (Schuster and Nakajima 2012), with <c>[PAD]</c>, <c>[UNK]</c>,
/// <c>[CLS]</c>, <c>[SEP]</c> and <c>[MASK]</c> as ids 0 to 4. The same texts give the same vocabulary.
/// </summary>
[Tokenizer("wordpiece", "WordPiece with BERT's special tokens, trained on the run's texts")]
public sealed class WordPieceVocabulary : ITokenizerFactory<WordPieceTrainingOptions>
{
    /// <inheritdoc/>
    public int? VocabularySize(WordPieceTrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.VocabularySize;
    }

    /// <inheritdoc/>
    public SpecialTokens SpecialTokens(WordPieceTrainingOptions options) => WordPieceModel.Special(WordPieceModel.SpecialTokens);

    /// <inheritdoc/>
    public ITokenizer Create(WordPieceTrainingOptions options, TokenizerContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        context.Status($"training a vocabulary of {options.VocabularySize} word pieces");
        var rules = new BertRules(options.Lowercase, StripAccents: options.Lowercase);
        var model = WordPieceTrainer.Train(context.TrainingTexts, options.VocabularySize, rules, options.MinimumCount);
        if (model.Vocabulary.Count < options.VocabularySize)
            context.Status(
                $"the vocabulary has {model.Vocabulary.Count} tokens, not {options.VocabularySize}: no further pair occurs " +
                $"{options.MinimumCount} times");
        return model.ToTokenizer();
    }

    /// <inheritdoc/>
    public ITokenizer Open(string folder) => HuggingFaceReader.Open(folder);
}

/// <summary>No options.</summary>
public sealed record BertVocabularyOptions;

/// <summary>
/// The vocabulary of BERT's English uncased models with its exact 30,522 ids (Devlin et al. 2019), built into the plugin.
/// </summary>
[Tokenizer("bert", "BERT's 30,522 uncased word pieces (built in)")]
public sealed class BertVocabulary : ITokenizerFactory<BertVocabularyOptions>
{
    /// <inheritdoc/>
    public int? VocabularySize(BertVocabularyOptions options) => 30_522;

    /// <inheritdoc/>
    public SpecialTokens SpecialTokens(BertVocabularyOptions options) => WordPieceModel.Bert().Vocabulary.Special;

    /// <inheritdoc/>
    public ITokenizer Create(BertVocabularyOptions options, TokenizerContext context) => WordPieceModel.Bert().ToTokenizer();

    /// <inheritdoc/>
    public ITokenizer Open(string folder) => HuggingFaceReader.Open(folder);
}

/// <summary>Options of <c>huggingface</c>.</summary>
public sealed record HuggingFaceOptions
{
    /// <summary>
    /// Folder with <c>tokenizer.json</c>, <c>vocab.json</c> and <c>merges.txt</c>, <c>vocab.txt</c>, <c>tokenizer.model</c>,
    /// <c>spiece.model</c>, or <c>source.spm</c> and <c>target.spm</c>, relative to the recipe.
    /// </summary>
    [Required, Folder]
    [Path]
    public string Path { get; init; } = "";
}

/// <summary>
/// The tokenizer of a Hugging Face folder: byte-level BPE (GPT-2, Llama 3, Qwen), SentencePiece BPE (Llama 2, Mistral,
/// Gemma) and unigram (T5, Marian), or WordPiece (BERT). Other kinds are reported as unsupported.
/// </summary>
[Tokenizer("huggingface",
    "The tokenizer of a Hugging Face folder: BPE (GPT-2, Llama, Qwen, Gemma), unigram (T5, Marian) or WordPiece (BERT)",
    Opens = ["tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model"])]
public sealed class HuggingFaceTokenizer : ITokenizerFactory<HuggingFaceOptions>
{
    /// <summary>Always null, because the folder can only be resolved together with the recipe's location.</summary>
    /// <param name="options">Validated options.</param>
    public int? VocabularySize(HuggingFaceOptions options) => null;

    /// <inheritdoc/>
    public ITokenizer Create(HuggingFaceOptions options, TokenizerContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        return HuggingFaceReader.Open(System.IO.Path.Combine(context.BaseDirectory, options.Path));
    }

    /// <inheritdoc/>
    public ITokenizer Open(string folder) => HuggingFaceReader.Open(folder);
}
