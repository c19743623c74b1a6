namespace Tenon.AttentionStudy;

/// <summary>How much of the study is run.</summary>
internal sealed record StudySize
{
    /// <summary>The whole study.</summary>
    public static StudySize Full { get; } = new()
    {
        SequenceSteps = 1500,
        RecallSteps = 1000,
        Lengths = [2, 10, 20, 50, 100, 200],
        SpeedLengths = [32, 64, 128, 256, 512, 1024, 2048],
        HeldOut = 500,
        Rounds = 5,
    };

    /// <summary>A small part of it, in which every model is used.</summary>
    public static StudySize Quick { get; } = new()
    {
        SequenceSteps = 40,
        RecallSteps = 40,
        Lengths = [2, 20],
        SpeedLengths = [32, 128, 256],
        HeldOut = 50,
        Rounds = 1,
    };

    /// <summary>Training steps of each model that copies or reverses sequences.</summary>
    public required int SequenceSteps { get; init; }

    /// <summary>Training steps of each model that recalls a token.</summary>
    public required int RecallSteps { get; init; }

    /// <summary>Distances of the token to recall, in tokens.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>Lengths of the texts whose time is measured, in tokens, in ascending order.</summary>
    public required IReadOnlyList<int> SpeedLengths { get; init; }

    /// <summary>Held-out sequences that each model answers.</summary>
    public required int HeldOut { get; init; }

    /// <summary>Measurements of each time, of which the median is reported.</summary>
    public required int Rounds { get; init; }
}
