using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Plugins.Inspection;

/// <summary>Severity of a remark.</summary>
public enum RemarkLevel
{
    /// <summary>The plugin cannot be used.</summary>
    Error,

    /// <summary>The plugin can be used, but has a problem that affects users or future versions.</summary>
    Warning,
}

/// <summary>A problem found by an inspection.</summary>
/// <param name="Code">Its permanent code.</param>
/// <param name="Level">Severity.</param>
/// <param name="Subject">Component, option, member or file.</param>
/// <param name="Text">The problem and how to fix it.</param>
public sealed record Remark(string Code, RemarkLevel Level, string Subject, string Text);

/// <summary>Inspects a plugin's folder through metadata, without running any of its code.</summary>
internal static class PluginInspection
{
    /// <summary>Lists problems of a plugin, errors first; empty if there are none.</summary>
    /// <param name="folder">The plugin's folder.</param>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static IReadOnlyList<Remark> Of(string folder)
    {
        PluginFolder read = PluginFolder.Read(null, folder);
        IEnumerable<Remark> refused = read.Plugin.State == PluginState.Ready
            ? [] : [new("TN001", RemarkLevel.Error, read.Plugin.Id, read.Plugin.Reason)];
        return [.. refused.Concat(CodeOf(folder)).Concat(Files(folder)).Concat(read.Components.SelectMany(Component))
            .OrderBy(remark => remark.Level).ThenBy(remark => remark.Code, StringComparer.Ordinal)
                .ThenBy(remark => remark.Subject, StringComparer.Ordinal)];
    }

    private static IEnumerable<Remark> CodeOf(string folder) => Directory.EnumerateFiles(folder, "*.dll").Order(StringComparer.Ordinal)
        .Select(AssemblyFile.Open).OfType<AssemblyFile>()
        .Where(assembly => assembly.References.Any(reference => reference.Name == ContractAssembly.Name))
        .SelectMany(Code);

    private static IEnumerable<Remark> Code(AssemblyFile assembly)
    {
        string file = Path.GetFileName(assembly.Path);
        try
        {
            return [.. MetadataCheck.Guard(() => ContractUse.Questionable(assembly, ContractAssembly.File)).Select(use =>
                use.Obsolete is { } advice
                ? new Remark("TN003", RemarkLevel.Warning, use.Member,
                    $"{file} uses this member, but the contract marks it as obsolete: {advice}")
                : new Remark("TN002", RemarkLevel.Error, use.Member, $"{file} uses this member, but contract " +
                    $"{ContractAssembly.Version} has no such public member. Build the plugin against a released contract."))];
        }
        catch (BadImageFormatException damage)
        {
            return [new Remark("TN001", RemarkLevel.Error, file, $"Its metadata is damaged ({damage.Message}). Rebuild or reinstall it.")];
        }
    }

    private static IEnumerable<Remark> Files(string folder)
    {
        if (LicenseFile.Find(folder) is null)
            yield return new Remark("TN004", RemarkLevel.Warning, "LICENSE",
                "The folder has no license file. Add one to the project and copy it to the output.");
        foreach (string name in Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal))
        {
            if (name is "Tenon.Abstractions.dll" or "TorchSharp.dll" || name.Contains("torch_cpu", StringComparison.Ordinal)
                || name.Contains("torch_cuda", StringComparison.Ordinal))
            {
                yield return new Remark("TN005", RemarkLevel.Warning, name,
                    "The host's version is used instead of this copy. Reference the contract with ExcludeAssets=\"runtime;native\".");
            }
        }
    }

    private static IEnumerable<Remark> Component(ComponentInfo component)
    {
        if (component.Summary.Length == 0)
            yield return new Remark("TN006", RemarkLevel.Warning, component.ToString(),
                "It has no summary for 'tenon list'. Set a one-line summary in its attribute.");
        foreach (Remark remark in Options(component.ToString(), component.Options))
            yield return remark;
    }

    private static IEnumerable<Remark> Options(string owner, OptionsSchema schema)
    {
        foreach (OptionInfo option in schema.Options)
        {
            string subject = $"{owner}: {option.Key}";
            if (option.Summary.Length == 0)
                yield return new Remark("TN007", RemarkLevel.Warning, subject,
                    "It has no documentation. Write a <summary>, and build with GenerateDocumentationFile.");
            if (option.Type.Kind is OptionKind.WholeNumber or OptionKind.Number && option is { Range.Length: 0 })
                yield return new Remark("TN008", RemarkLevel.Warning, subject,
                    "It is a number without a range, so an invalid value is detected only during the run. Add [Range(…)].");
            if (option.Type.Kind == OptionKind.Opaque)
                yield return new Remark("TN009", RemarkLevel.Warning, subject, $"Values of its type {option.Type.Name} cannot be " +
                    "written in a recipe. Use numbers, strings, enums, lists or records of them.");
            if (option.Type.Section is { } section)
            {
                foreach (Remark inner in Options(subject, section))
                    yield return inner;
            }
        }
    }
}
