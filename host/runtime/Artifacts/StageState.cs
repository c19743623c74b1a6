namespace Tenon.Host.Artifacts;

/// <summary>State of a pipeline stage.</summary>
public enum StageState
{
    /// <summary>Not started.</summary>
    Waiting,

    /// <summary>Running, or killed while running.</summary>
    Running,

    /// <summary>Stopped by the user, with a checkpoint.</summary>
    Stopped,

    /// <summary>Failed.</summary>
    Failed,

    /// <summary>Completed; it is not run again.</summary>
    Finished,
}
