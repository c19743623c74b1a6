namespace Tenon.TaskStudy;

/// <summary>A model that is trained for one task alone.</summary>
/// <param name="Title">Its name in tables.</param>
/// <param name="Model">The recipe's section for the model.</param>
/// <param name="Tokenizer">The recipe's section for the tokenizer.</param>
/// <param name="Rates">The learning rates to try.</param>
internal sealed record SmallModel(string Title, string Model, string Tokenizer, double[] Rates)
{
    private const string BytePairs = """{ "use": "bpe", "vocabularySize": 2048 }""";
    private const string WordPieces = """{ "use": "wordpiece", "vocabularySize": 4096 }""";

    /// <summary>An LSTM that reads a text and writes another one (Bahdanau et al. 2015).</summary>
    public static SmallModel Writer { get; } = new(
        "LSTM with attention",
        """{ "use": "lstm-seq2seq", "hiddenSize": 256, "embeddingSize": 128, "contextLength": 128, "dropout": 0.1 }""", BytePairs,
        [1e-3, 3e-3, 1e-2]);

    /// <summary>A BERT that finds answers.</summary>
    public static SmallModel Finder { get; } = new(
        "BERT, 2 layers",
        """
        {
          "use": "bert", "head": "question-answering", "layers": 2, "hiddenSize": 128, "heads": 4, "contextLength": 192,
          "initialization": "mimetic"
        }
        """,
        WordPieces, [5e-4, 1e-3, 2e-3]);

    /// <summary>A convolutional classifier (Kim 2014).</summary>
    public static SmallModel Convolutional { get; } = new(
        "TextCNN", """{ "use": "textcnn", "embeddingSize": 128, "contextLength": 64 }""", WordPieces, [5e-4, 1e-3, 2e-3]);

    /// <summary>A recurrent classifier.</summary>
    public static SmallModel Recurrent { get; } = new(
        "LSTM", """{ "use": "lstm-classifier", "hiddenSize": 128, "contextLength": 64, "dropout": 0.1 }""", WordPieces, [1e-3, 3e-3, 1e-2]);
}
