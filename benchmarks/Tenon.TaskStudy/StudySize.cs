namespace Tenon.TaskStudy;

/// <summary>How much of the study is run.</summary>
internal sealed record StudySize
{
    /// <summary>The whole study.</summary>
    public static StudySize Full { get; } = new()
    {
        Labels = 4000,
        HeldOut = 300,
        BaseSteps = 2000,
        AdapterSteps = 600,
        SmallSteps = 800,
        Rates = 3,
        BaseLines = int.MaxValue,
    };

    /// <summary>Everything with few examples and two steps, which shows only that every run works.</summary>
    public static StudySize Quick { get; } = new()
    {
        Labels = 60,
        HeldOut = 8,
        BaseSteps = 2,
        AdapterSteps = 2,
        SmallSteps = 2,
        Rates = 1,
        BaseLines = 2000,
    };

    /// <summary>Maximum number of labelled examples of a task.</summary>
    public required int Labels { get; init; }

    /// <summary>Maximum number of examples to choose learning rates on, and of those to report.</summary>
    public required int HeldOut { get; init; }

    /// <summary>Training steps of the large model on plain text.</summary>
    public required int BaseSteps { get; init; }

    /// <summary>Training steps of each adapter.</summary>
    public required int AdapterSteps { get; init; }

    /// <summary>Training steps of each small model.</summary>
    public required int SmallSteps { get; init; }

    /// <summary>Learning rates that are tried for each model.</summary>
    public required int Rates { get; init; }

    /// <summary>Maximum number of lines of plain text.</summary>
    public required int BaseLines { get; init; }
}
