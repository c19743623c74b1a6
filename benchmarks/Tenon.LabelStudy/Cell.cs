namespace Tenon.LabelStudy;

/// <summary>One run of the study.</summary>
/// <param name="Data">Name of the labelled data.</param>
/// <param name="Method">How the model learns.</param>
/// <param name="Labels">Labelled examples that it learns from.</param>
/// <param name="Seed">Decides which examples, the initial parameters, and the order of training.</param>
internal sealed record Cell(string Data, Method Method, int Labels, int Seed)
{
    /// <summary>Decides which examples are held out; the study's cells all have the same ones.</summary>
    public int Division { get; init; } = 1;

    /// <summary>A name for folders.</summary>
    public string Name => $"{Data}-{Method.Key}-{Labels}-{Seed}";
}

/// <summary>A way to learn from labels.</summary>
/// <param name="Key">Its name in files.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="Rates">The learning rates that are tried, of which each data set gets the best: higher the fewer numbers are trained.</param>
/// <param name="FromBase">Whether it starts from the pre-trained model.</param>
/// <param name="Strategy">The recipe's section.</param>
internal sealed record Method(string Key, string Title, double[] Rates, bool FromBase, string Strategy)
{
    /// <summary>The baseline that every run measures besides: no network, the same examples.</summary>
    public static readonly Method NaiveBayes = new("naive-bayes", "naive Bayes on words", [], false, "");

    /// <summary>The methods of the study.</summary>
    public static readonly IReadOnlyList<Method> All =
    [
        new("scratch", "from scratch", [5e-4, 1e-3, 2e-3, 4e-3, 8e-3], false, """{ "use": "pretrain" }"""),
        new("finetune", "pre-trained, fine-tuned", [5e-4, 1e-3, 2e-3, 4e-3, 8e-3], true, """{ "use": "finetune" }"""),
        new("lora", "pre-trained, LoRA", [1e-3, 2e-3, 5e-3, 1e-2, 2e-2], true, """{ "use": "lora", "rank": 8 }"""),
        new("ptuning", "pre-trained, P-tuning v2", [3e-3, 1e-2, 3e-2, 1e-1, 3e-1], true, """{ "use": "ptuning", "method": "prefix-tuning", "virtualTokens": 8 }"""),
    ];
}

/// <summary>What a cell came to, on the examples held out.</summary>
/// <param name="MacroF1">Mean F1 of the classes.</param>
/// <param name="Accuracy">Share of the examples whose class was predicted.</param>
/// <param name="Seconds">Time of the run.</param>
internal sealed record Result(double MacroF1, double Accuracy, double Seconds);
