namespace Zoo;

/// <summary>Calls what it should and what it should not.</summary>
public static class Uses
{
#pragma warning disable CS0618 // Old is obsolete, which is the point.
    public static int Three => Ways.New + Ways.Old + Ways.Hidden(1);
#pragma warning restore CS0618
}
