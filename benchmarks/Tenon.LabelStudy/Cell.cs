namespace Tenon.LabelStudy;

/// <summary>One run of the study.</summary>
/// <param name="Data">Name of the labelled data.</param>
/// <param name="Method">The training method.</param>
/// <param name="Labels">Number of labelled training examples.</param>
/// <param name="Seed">Determines the examples, the initial parameters, and the order of training.</param>
internal sealed record Cell(string Data, Method Method, int Labels, int Seed)
{
    /// <summary>Determines which examples are held out; they are the same for all cells of the study.</summary>
    public int Division { get; init; } = 1;

    /// <summary>A name for folders.</summary>
    public string Name => $"{Data}-{Method.Key}-{Labels}-{Seed}";
}

/// <summary>A method of learning from labels.</summary>
/// <param name="Key">Its name in files.</param>
/// <param name="Title">Its name in tables.</param>
/// <param name="Rates">
/// The learning rates to try; the best one is used for each data set. The fewer parameters are trained, the higher they are.
/// </param>
/// <param name="FromBase">Whether it starts from the pre-trained model.</param>
/// <param name="Strategy">The recipe's section.</param>
internal sealed record Method(string Key, string Title, double[] Rates, bool FromBase, string Strategy)
{
    /// <summary>The baseline that every run also measures on the same examples, without a network.</summary>
    public static readonly Method NaiveBayes = new("naive-bayes", "naive Bayes on words", [], false, "");

    /// <summary>The methods of the study.</summary>
    public static readonly IReadOnlyList<Method> All =
    [
        new("scratch", "from scratch", [5e-4, 1e-3, 2e-3, 4e-3, 8e-3], false, """{ "use": "pretrain" }"""),
        new("finetune", "pre-trained, fine-tuned", [5e-4, 1e-3, 2e-3, 4e-3, 8e-3], true, """{ "use": "finetune" }"""),
        new("lora", "pre-trained, LoRA", [1e-3, 2e-3, 5e-3, 1e-2, 2e-2], true, """{ "use": "lora", "rank": 8 }"""),
        new("ptuning", "pre-trained, P-tuning v2", [3e-3, 1e-2, 3e-2, 1e-1, 3e-1], true,
            """{ "use": "ptuning", "method": "prefix-tuning", "virtualTokens": 8 }"""),
    ];
}

/// <summary>The result of a cell on the held-out examples.</summary>
/// <param name="MacroF1">Mean F1 of the classes.</param>
/// <param name="Accuracy">Share of the examples whose class was predicted.</param>
/// <param name="Seconds">Time of the run.</param>
internal sealed record Result(double MacroF1, double Accuracy, double Seconds);
