using Tenon.Host;
using Tenon.Host.Native;
using Tenon.Studies;

namespace Tenon.TaskStudy;

/// <summary>
/// The text that the large model is pre-trained on: lines of the English documentation of the .NET SDK, and messages of its programs in
/// English and German. Some lines of the documentation are held out.
/// </summary>
internal static class PlainText
{
    // Lines that are neither headings nor paragraphs.
    private const int ShortestLine = 40, LongestLine = 250;
    private const double HeldOutShare = 0.15;

    /// <summary>The file to pre-train on, one text per line.</summary>
    /// <param name="folder">The study's folder.</param>
    public static string File(string folder) => Path.Combine(folder, "plain.txt");

    /// <summary>Lines of the documentation that <see cref="File"/> does not contain, in random order.</summary>
    /// <param name="folder">The study's folder.</param>
    public static IEnumerable<string> HeldOut(string folder) => System.IO.File.ReadLines(HeldOutFile(folder));

    /// <summary>Writes the files unless they exist.</summary>
    /// <param name="host">Provides documentation and messages.</param>
    /// <param name="folder">The study's folder.</param>
    /// <param name="lines">Maximum number of lines to pre-train on.</param>
    public static void Write(TenonHost host, string folder, int lines)
    {
        if (System.IO.File.Exists(File(folder)) && System.IO.File.Exists(HeldOutFile(folder)))
            return;
        using IDataset<TextExample> documents = StudyData.Open<TextExample>(host, """{ "use": "sdk-docs" }""", folder);
        string[] all =
        [
            .. Enumerable.Range(0, checked((int)documents.Train.Count)).SelectMany(index => documents.Train[index].Text.Split('\n'))
                .Select(line => line.Trim()).Where(line => line.Length >= ShortestLine).Distinct(StringComparer.Ordinal),
        ];
        new SeededRandom(1).Fork("lines").Shuffle<string>(all);
        int heldOut = (int)(HeldOutShare * all.Length);
        string[] known = [.. all[heldOut..], .. Messages(host, folder).Except(all)];
        new SeededRandom(1).Fork("known").Shuffle<string>(known);
        Durable.WriteText(HeldOutFile(folder), Joined(all[..heldOut].Where(line => line.Length <= LongestLine)));
        Durable.WriteText(File(folder), Joined(known.Take(lines)));

        static string Joined(IEnumerable<string> texts) => string.Concat(texts.Select(text => $"{text}\n"));
    }

    // Both languages of the training pairs, without what belongs together.
    private static IEnumerable<string> Messages(TenonHost host, string folder)
    {
        using IDataset<TextPairExample> pairs = StudyData.Open<TextPairExample>(
            host, """{ "use": "sdk-translations", "language": "de" }""", folder);
        return
        [
            .. Enumerable.Range(0, checked((int)pairs.Train.Count)).Select(index => pairs.Train[index])
                .SelectMany(pair => new[] { pair.First, pair.Second }).SelectMany(text => text.Split('\n')).Select(line => line.Trim())
                .Where(line => line.Length > 0).Distinct(StringComparer.Ordinal),
        ];
    }

    private static string HeldOutFile(string folder) => Path.Combine(folder, "plain-held-out.txt");
}
