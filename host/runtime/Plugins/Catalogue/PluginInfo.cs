using NuGet.Versioning;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>State of a plugin.</summary>
public enum PluginState
{
    /// <summary>Its metadata was checked, and it can be loaded; none of its code has run.</summary>
    Ready,

    /// <summary>Found, but not usable by this host; none of its code has run or will run.</summary>
    Refused,

    /// <summary>Listed in plugins.json, but not in any of its folders.</summary>
    Missing,

    /// <summary>Loaded; its components can be created.</summary>
    Loaded,

    /// <summary>
    /// It threw an exception while it was loaded or a component was created. A plugin that cannot be loaded provides no
    /// components.
    /// </summary>
    Failed,
}

/// <summary>One version of a plugin, as described by its metadata. The state changes when it is loaded.</summary>
public sealed class PluginInfo
{
    private readonly Lazy<string> _sha256;

    internal PluginInfo(string id, NuGetVersion? version, string? folder, AssemblyFile? assembly)
    {
        Id = id;
        Version = version;
        Folder = folder;
        AssemblyPath = assembly?.Path;
        _sha256 = new Lazy<string>(() => assembly?.Sha256() ?? "");
    }

    /// <summary>The permanent id of the plugin.</summary>
    public string Id { get; }

    /// <summary>Its version; null when unknown.</summary>
    public NuGetVersion? Version { get; }

    /// <summary>One-line description.</summary>
    public string Summary { get; internal init; } = "";

    /// <summary>The contract that it was compiled against, major and minor; null if it references none.</summary>
    public Version? ContractVersion { get; internal init; }

    /// <summary>Its folder; null when missing.</summary>
    public string? Folder { get; }

    /// <summary>Its main assembly; null if there is none.</summary>
    public string? AssemblyPath { get; }

    /// <summary>Whether recipes that do not request a version get this one: the highest in the range of plugins.json.</summary>
    public bool IsDefault { get; internal set; }

    /// <summary>
    /// SHA-256 of the main assembly as read, in lower-case hexadecimal; computed on first use. Empty if there is no assembly.
    /// </summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Its state.</summary>
    public PluginState State { get; private set; } = PluginState.Ready;

    /// <summary>Explains why the plugin is not ready and how to fix it, as a sentence; empty if it is ready.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Id and version.</summary>
    public override string ToString() => Version is null ? $"'{Id}'" : $"'{Id}' {Version}";

    internal PluginInfo In(PluginState state, string reason = "")
    {
        State = state;
        Reason = reason;
        return this;
    }
}
