namespace Zoo;

/// <summary>Words of a text: the second version took <c>Count(string)</c> away.</summary>
public static class Words
{
    public static double Count(string text, bool distinct) => distinct ? text.Split(' ').Distinct().Count() : text.Split(' ').Length;
}
