namespace Tenon;

/// <summary>How a collective combines the numbers of all ranks.</summary>
public enum Reduction
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The largest of them.</summary>
    Maximum,
}
