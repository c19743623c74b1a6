using System.Globalization;

namespace Tenon.Text.SdkDocs;

/// <summary>
/// Sentences of the .NET SDK's documentation, labelled with the namespace that they describe: labelled text that every .NET
/// developer has on disk. Texts that occur in several namespaces are skipped.
/// </summary>
[Data("sdk-namespaces", "Sentences of the .NET SDK's documentation, labelled with their namespace", Stability = Stability.Preview)]
public sealed class SdkNamespacesData : IData<SdkNamespacesOptions, LabelledTextExample>
{
    /// <inheritdoc/>
    public IDataset<LabelledTextExample> Open(SdkNamespacesOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        SdkPack pack = SdkPacks.Needed("sdk-namespaces", options.Sdk, "'labelled-text'", context);

        List<(string Label, List<string> Texts)> classes = [.. ByNamespace(pack.Files)
            .Select(entry => (entry.Key, entry.Value))
            .OrderByDescending(entry => entry.Value.Count).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(options.Classes)
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)];
        if (classes.Count < options.Classes)
            throw new DataException(
                $"sdk-namespaces: 'classes' is {options.Classes}, but the documentation has only {classes.Count} namespaces. Lower it.");

        var examples = new List<LabelledTextExample>();
        foreach ((int label, (string name, List<string> texts)) in classes.Index())
        {
            string[] drawn = [.. texts];
            context.Random.Fork(name).Shuffle<string>(drawn);
            examples.AddRange(drawn.Take(options.PerClass).Select(text => new LabelledTextExample(text, label)));
        }

        LabelledTextExample[] mixed = [.. examples];
        context.Random.Fork("order").Shuffle<LabelledTextExample>(mixed);
        string[] labels = [.. classes.Select(entry => entry.Label)];
        return new InMemoryDataset<LabelledTextExample>(
            new DataFacts
            {
                Labels = labels,
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"documentation of .NET SDK {pack.Version}: {mixed.Length:N0} texts from {labels.Length} namespaces"),
                Fingerprint = CacheFolder.Fingerprint(
                    [.. pack.Files.Select(CacheFolder.Describe), "sdk-namespaces",
                        $"{options.Classes} {options.PerClass} {context.Random.Seed}"]),
            },
            mixed);
    }

    /// <summary>Returns the distinct texts that occur in a single namespace, in the order of the files.</summary>
    internal static Dictionary<string, List<string>> ByNamespace(IReadOnlyList<string> files)
    {
        var parsed = new List<DocumentedMember>[files.Count];
        Parallel.For(0, files.Count, i => parsed[i] = DocumentationReader.Read(files[i]));
        HashSet<string> types = MemberNames.Types(parsed.SelectMany(members => members));

        // Null marks a text that occurs in several namespaces.
        var namespaces = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (DocumentedMember member in parsed.SelectMany(members => members))
        {
            string ownNamespace = MemberNames.Namespace(MemberNames.Owner(member.Id), types);
            foreach (MemberText text in member.Texts)
            {
                if (!namespaces.TryAdd(text.Text, ownNamespace) && namespaces[text.Text] != ownNamespace)
                    namespaces[text.Text] = null;
            }
        }

        return namespaces.Where(entry => entry.Value is { Length: > 0 })
            .GroupBy(entry => entry.Value!, entry => entry.Key)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
    }
}
