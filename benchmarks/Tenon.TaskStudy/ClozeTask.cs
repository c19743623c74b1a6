using System.Text.RegularExpressions;
using Tenon.Host;

namespace Tenon.TaskStudy;

/// <summary>
/// A word is missing in a line of the documentation. The lines are not part of the text that the large model was pre-trained on.
/// </summary>
internal sealed partial class ClozeTask : StudyTask
{
    private const string Blank = "____";

    /// <inheritdoc/>
    public override string Name => "cloze";

    /// <inheritdoc/>
    public override string Measure => "accuracy";

    /// <inheritdoc/>
    public override SmallModel Small => SmallModel.Writer;

    /// <inheritdoc/>
    protected override string Cue => "missing word";

    /// <inheritdoc/>
    public override TaskExamples Read(TenonHost host, string folder)
    {
        var random = new SeededRandom(1);
        TaskExample[] all = [.. PlainText.HeldOut(folder).Select((line, index) => Ask(line, random.Fork(index))).OfType<TaskExample>()];
        int heldOut = all.Length / 5;
        return new TaskExamples(all[heldOut..], all[..heldOut]);
    }

    // The first word of a sentence is never missing.
    private static TaskExample? Ask(string line, SeededRandom random)
    {
        Match[] words = [.. Word().Matches(line).Skip(1)];
        if (words.Length == 0)
            return null;
        Match missing = words[(int)random.Next(words.Length)];
        return new TaskExample($"{line[..missing.Index]}{Blank}{line[(missing.Index + missing.Length)..]}", missing.Value);
    }

    [GeneratedRegex(@"(?<!\S)\p{L}{3,}(?=[\s.,;:]|$)")]
    private static partial Regex Word();
}
