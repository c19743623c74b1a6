namespace Tenon.AttentionStudy;

/// <summary>A model of the study.</summary>
/// <param name="Key">Its name in files.</param>
/// <param name="Title">Its name in tables and pictures.</param>
/// <param name="Section">The recipe's section for the model.</param>
internal sealed record StudyModel(string Key, string Title, string Section)
{
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>
    /// The models that copy and reverse sequences. The convolutional model reads prompt and response as one text; the others encode the
    /// sequence first.
    /// </summary>
    public static IReadOnlyList<StudyModel> OfSequences { get; } =
    [
        new("transformer", "Transformer",
            """
            {
              "use": "marian", "preset": "transformer", "layers": 2, "hiddenSize": 128, "heads": 4, "feedForwardSize": 256, "dropout": 0,
              "contextLength": 48
            }
            """)
        {
            LearningRate = 1e-3,
        },
        new("lstm-attention", "LSTM with attention",
            """{ "use": "lstm-seq2seq", "hiddenSize": 128, "embeddingSize": 64, "contextLength": 48 }"""),
        new("lstm", "LSTM without attention",
            """{ "use": "lstm-seq2seq", "hiddenSize": 128, "embeddingSize": 64, "contextLength": 48, "attention": false }"""),
        new("cnn", "CNN", """{ "use": "tcn", "layers": 5, "hiddenSize": 128, "contextLength": 96 }"""),
    ];

    /// <summary>
    /// The models that recall a token, by depth. The last output of the convolutional models reads 29, 125 and 509 tokens.
    /// </summary>
    public static IReadOnlyList<StudyModel> OfRecall { get; } =
    [
        Recurrent("lstm", "LSTM", 1),
        Recurrent("lstm", "LSTM", 2),
        Recurrent("gru", "GRU", 1) with { LearningRate = 1e-2 },
        Convolutional(3),
        Convolutional(5),
        Convolutional(7),
        Attentive(1),
        Attentive(2),
    ];

    /// <summary>
    /// The models whose time is measured: layers with 24·H² weights in total, where H = 256 is the size of the hidden state.
    /// </summary>
    /// <param name="context">Longest text in tokens.</param>
    public static IReadOnlyList<StudyModel> OfSpeed(int context) =>
    [
        new("lstm", "LSTM", $$"""{ "use": "lstm", "layers": 3, "hiddenSize": 256, "contextLength": {{context}} }"""),
        new("gru", "GRU", $$"""{ "use": "gru", "layers": 4, "hiddenSize": 256, "contextLength": {{context}} }"""),
        new("tcn", "CNN", $$"""{ "use": "tcn", "layers": 4, "hiddenSize": 256, "contextLength": {{context}} }"""),
        new("gpt", "attention (GPT)", $$"""{ "use": "gpt", "layers": 2, "hiddenSize": 256, "heads": 4, "contextLength": {{context}} }"""),
    ];

    private static StudyModel Recurrent(string use, string title, int layers) =>
        new($"{use}-{layers}", Depth(title, layers),
            $$"""{ "use": "{{use}}", "layers": {{layers}}, "hiddenSize": 128, "contextLength": {{Recall.Context}} }""");

    private static StudyModel Convolutional(int layers) =>
        new($"tcn-{layers}", Depth("CNN", layers),
            $$"""{ "use": "tcn", "layers": {{layers}}, "hiddenSize": 64, "contextLength": {{Recall.Context}} }""");

    private static StudyModel Attentive(int layers) =>
        new($"gpt-{layers}", Depth("attention", layers),
            $$"""{ "use": "gpt", "layers": {{layers}}, "hiddenSize": 64, "heads": 4, "contextLength": {{Recall.Context}} }""");

    private static string Depth(string title, int layers) => $"{title}, {layers} {(layers == 1 ? "layer" : "layers")}";
}
