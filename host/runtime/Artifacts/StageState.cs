namespace Tenon.Host.Artifacts;

/// <summary>How far a stage of a pipeline is.</summary>
public enum StageState
{
    /// <summary>Not begun.</summary>
    Waiting,

    /// <summary>Going on, or its process died.</summary>
    Running,

    /// <summary>Stopped by the user, with a checkpoint.</summary>
    Stopped,

    /// <summary>Ended by a failure.</summary>
    Failed,

    /// <summary>Done; it is not run again.</summary>
    Finished,
}
