namespace Tenon.Text.SdkDocs;

/// <summary>Finds the documentation files that come with the .NET SDK.</summary>
internal static class SdkPacks
{
    private const string Pack = "Microsoft.NETCore.App.Ref";

    /// <summary>Returns the distinct folders where an SDK may be, best first.</summary>
    public static IReadOnlyList<string> Roots()
    {
        var roots = new List<string>();

        // <root>/shared/Microsoft.NETCore.App/<version>/System.Private.CoreLib.dll; empty in a single-file program.
        string runtime = typeof(object).Assembly.Location;
        if (runtime.Length > 0)
            roots.Add(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(runtime)!, "..", "..", "..")));
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } configured)
            roots.Add(Path.GetFullPath(configured));
        string program = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var file = new FileInfo(Path.Combine(folder, program));
            if (file.Exists)
                roots.Add(Path.GetDirectoryName((file.ResolveLinkTarget(returnFinalTarget: true) ?? file).FullName)!);
        }

        return [.. roots.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Returns the newest pack, for a component that requires one.</summary>
    /// <param name="data">Name of the component.</param>
    /// <param name="sdk">The SDK's folder in the recipe, or null.</param>
    /// <param name="instead">What can be used instead.</param>
    /// <param name="context">Resolves relative paths and reports progress.</param>
    /// <exception cref="DataException">No pack was found.</exception>
    public static SdkPack Needed(string data, string? sdk, string instead, DataContext context)
    {
        IReadOnlyList<string> roots = sdk is not null ? [Path.GetFullPath(sdk, context.BaseDirectory)] : Roots();
        SdkPack pack = Newest(roots) ?? throw new DataException(
            $"{data}: no documentation (packs/Microsoft.NETCore.App.Ref/*/ref/net*/*.xml) was found in " +
            $"{string.Join(", ", roots.Select(root => $"'{root}'"))}. " +
            $"Install the .NET SDK, set 'sdk' to its folder, or use {instead} with your own file.");
        context.Status($"reading the documentation of .NET SDK {pack.Version}");
        return pack;
    }

    /// <summary>Returns the newest pack below the roots that contains documentation, or null.</summary>
    /// <param name="roots">The folders to search; if versions are equal, the first one is used.</param>
    public static SdkPack? Newest(IEnumerable<string> roots) => roots
        .Select(root => Path.Combine(root, "packs", Pack))
        .Where(Directory.Exists)
        .SelectMany(Directory.GetDirectories)
        .Select(folder => (Folder: folder, Version: SdkVersion.Parse(Path.GetFileName(folder))))
        .Where(pack => pack.Version is not null)
        .OrderByDescending(pack => pack.Version)
        .Select(pack => new SdkPack(pack.Version!.Text, Documentation(pack.Folder)))
        .FirstOrDefault(pack => pack.Files.Count > 0);

    private static string[] Documentation(string pack)
    {
        string references = Path.Combine(pack, "ref");
        if (!Directory.Exists(references))
            return [];
        string? framework = Directory.GetDirectories(references, "net*").Order(StringComparer.Ordinal).LastOrDefault();
        return framework is null ? [] : [.. Directory.GetFiles(framework, "*.xml").Order(StringComparer.Ordinal)];
    }
}

/// <summary>A version of the SDK's reference pack and its documentation files.</summary>
internal sealed record SdkPack(string Version, IReadOnlyList<string> Files);

/// <summary>A pack's version: numbers and an optional pre-release name, which sorts before the release.</summary>
internal sealed record SdkVersion(string Text, Version Numbers, string Prerelease) : IComparable<SdkVersion>
{
    public static SdkVersion? Parse(string text)
    {
        string[] parts = text.Split('-', 2);
        return Version.TryParse(parts[0], out Version? numbers) ? new SdkVersion(text, numbers, parts.Length > 1 ? parts[1] : "") : null;
    }

    public int CompareTo(SdkVersion? other)
    {
        if (other is null)
            return 1;
        int order = Numbers.CompareTo(other.Numbers);
        if (order != 0)
            return order;
        order = (Prerelease.Length == 0).CompareTo(other.Prerelease.Length == 0);
        return order != 0 ? order : string.CompareOrdinal(Prerelease, other.Prerelease);
    }
}
