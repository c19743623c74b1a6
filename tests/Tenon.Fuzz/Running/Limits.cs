namespace Tenon.Fuzz.Running;

/// <summary>What a reader may use for an input.</summary>
internal static class Limits
{
    /// <summary>Time of the processor, or ten times as long if the machine is busy.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of memory above those of an idle process.</summary>
    public const long Memory = 1L << 30;
}
