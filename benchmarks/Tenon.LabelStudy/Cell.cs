namespace Tenon.LabelStudy;

/// <summary>One run of a study.</summary>
/// <param name="Data">Name of the labelled data.</param>
/// <param name="Method">The method that learns.</param>
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
/// <param name="Model">The recipe's section for the model, without the folder that it starts from.</param>
/// <param name="Strategy">The recipe's section for the strategy.</param>
internal sealed record Method(string Key, string Title, double[] Rates, string Model, string Strategy)
{
    /// <summary>Whether it starts from the study's pre-trained model.</summary>
    public bool FromBase { get; init; }

    /// <summary>A baseline that every run also measures on the same examples, without a network.</summary>
    public static Method Baseline(string key, string title) => new(key, title, [], "", "");
}

/// <summary>Labelled data of a study.</summary>
/// <param name="Name">Its name in files and tables.</param>
/// <param name="Section">Its section of a recipe.</param>
/// <param name="HeldOut">The share that is held out.</param>
/// <param name="Labels">Numbers of labels to learn from, in ascending order.</param>
internal sealed record LabelledData(string Name, string Section, double HeldOut, int[] Labels);

/// <summary>The result of a cell on the held-out examples.</summary>
/// <param name="MacroF1">Mean F1 of the classes.</param>
/// <param name="Accuracy">Share of the examples whose class was predicted.</param>
/// <param name="Seconds">Time of the run.</param>
internal sealed record Result(double MacroF1, double Accuracy, double Seconds);
