using System.Globalization;
using Tenon.Text.SdkDocs;

namespace Tenon.Text.SdkTranslations;

/// <summary>
/// Messages of the .NET SDK's programs in English and one of thirteen languages. The messages of some programs are held out, without
/// those that occur elsewhere too, so that validation does not measure what was learned by heart.
/// </summary>
[Data("sdk-translations", "Messages of the .NET SDK's programs with translations into one of 13 languages", Stability = Stability.Preview)]
public sealed class SdkTranslationsData : IData<SdkTranslationsOptions, TextPairExample>
{
    /// <inheritdoc/>
    public IDataset<TextPairExample> Open(SdkTranslationsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        IReadOnlyList<string> roots = options.Sdk is { } root ? [Path.GetFullPath(root, context.BaseDirectory)] : SdkPacks.Roots();
        string folder = SdkResources.Newest(roots) ?? throw new DataException(
            $"sdk-translations: no SDK (sdk/*) was found in {string.Join(", ", roots.Select(each => $"'{each}'"))}. " +
            "Install the .NET SDK, set 'sdk' to its folder, or use 'text-pairs' with your own file.");
        context.Status($"reading the translations of .NET SDK {Path.GetFileName(folder)}");
        IReadOnlyList<string> satellites = SdkResources.Satellites(folder, options.Language);
        SdkText[] texts = [.. Usable(SdkResources.Read(satellites, options.Language), options.LongestText)];
        if (texts.Length == 0)
        {
            throw new DataException(
                $"sdk-translations: '{folder}' has no translations into '{options.Language}' of up to {options.LongestText} characters. " +
                "Use a complete SDK, raise 'longestText', or use 'text-pairs' with your own file.");
        }

        string[] files = [.. texts.Select(text => text.File).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        context.Random.Fork("held-out files").Shuffle<string>(files);
        HashSet<string> heldOut = [.. files.Take((int)Math.Ceiling(files.Length * options.HeldOut))];
        SdkText[] train = [.. texts.Where(text => !heldOut.Contains(text.File))];
        HashSet<string> learned = [.. train.SelectMany(text => new[] { text.English, text.Translation })];
        TextPairExample[] validation = [.. texts
            .Where(text => heldOut.Contains(text.File) && !learned.Contains(text.English) && !learned.Contains(text.Translation))
            .Select(Pair)];
        // Otherwise, messages of the same program would be adjacent.
        context.Random.Fork("order").Shuffle<TextPairExample>(validation);
        return new InMemoryDataset<TextPairExample>(
            new DataFacts
            {
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"messages of .NET SDK {Path.GetFileName(folder)}, English and {options.Language}: {train.Length:N0} pairs; for " +
                        $"validation {validation.Length:N0} of other programs"),
                Fingerprint = CacheFolder.Fingerprint(
                    [.. satellites.Select(CacheFolder.Describe), "sdk-translations/1",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{options.Language} {options.Reverse} {options.LongestText} {options.HeldOut:R} {context.Random.Seed}")]),
            },
            [.. train.Select(Pair)], options.HeldOut == 0 ? null : validation);

        TextPairExample Pair(SdkText text) => options.Reverse
            ? new TextPairExample(text.Translation, text.English) : new TextPairExample(text.English, text.Translation);
    }

    /// <summary>
    /// The texts of one line that are translated, each English text once: a text that stayed in English, such as a name, teaches nothing.
    /// </summary>
    internal static IEnumerable<SdkText> Usable(IEnumerable<SdkText> texts, int longest) => texts
        .Select(text => text with { English = text.English.Trim(), Translation = text.Translation.Trim() })
        .Where(text => text.English.Length > 0 && text.Translation.Length > 0 && text.English != text.Translation
            && text.English.Length <= longest && text.Translation.Length <= longest
            && !text.English.Contains('\n', StringComparison.Ordinal) && !text.Translation.Contains('\n', StringComparison.Ordinal))
        .DistinctBy(text => text.English, StringComparer.Ordinal);
}
