using Tenon.Layers;

namespace Tenon.Bert;

/// <summary>
/// The published sizes: base and large from section 3 of Devlin et al. (2018), the smaller ones from table 1 of Turc et
/// al. (2019). All have a feed-forward size of four times the hidden size and a context of 512.
/// </summary>
internal static class BertPresets
{
    /// <summary>Token ids of the published English uncased vocabulary.</summary>
    public const int VocabularySize = 30522;

    /// <summary>Context of all published sizes.</summary>
    public const int ContextLength = 512;

    public static Presets<TransformerShape> All { get; } = new("bert-base",
        ("bert-tiny", new(2, 128, 2)),
        ("bert-mini", new(4, 256, 4)),
        ("bert-small", new(4, 512, 8)),
        ("bert-medium", new(8, 512, 8)),
        ("bert-base", new(12, 768, 12)),
        ("bert-large", new(24, 1024, 16)));
}

/// <summary>Names, in recipes, of weight initializations other than that of the published models.</summary>
internal static class BertInitialization
{
    public const string Mimetic = "mimetic";
}

/// <summary>Names of the heads in recipes.</summary>
internal static class BertHeads
{
    public const string MaskedLanguageModel = "masked-lm";
    public const string PreTraining = "pre-training";
    public const string SequenceClassification = "sequence-classification";
    public const string TokenClassification = "token-classification";
    public const string QuestionAnswering = "question-answering";

    /// <summary>
    /// transformers' classes with their heads. A bare encoder, or one with a head that is not supported, is read as the
    /// pre-training model, without the weights of its head.
    /// </summary>
    public static IReadOnlyList<(string Class, string? Head)> Classes { get; } =
    [
        ("BertForMaskedLM", MaskedLanguageModel),
        ("BertForPreTraining", PreTraining),
        ("BertForSequenceClassification", SequenceClassification),
        ("BertForTokenClassification", TokenClassification),
        ("BertForQuestionAnswering", QuestionAnswering),
        ("BertModel", MaskedLanguageModel),
        ("BertForNextSentencePrediction", MaskedLanguageModel),
        ("BertForMultipleChoice", MaskedLanguageModel),
    ];

    /// <summary>Whether the head has named classes.</summary>
    public static bool HasClasses(string head) => head is SequenceClassification or TokenClassification;

    /// <summary>Whether the head reads the pooled first position.</summary>
    public static bool HasPooler(string head) => head is SequenceClassification or PreTraining;
}
