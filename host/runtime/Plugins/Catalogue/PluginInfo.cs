using NuGet.Versioning;
using Tenon.Host.Plugins.Metadata;

namespace Tenon.Host.Plugins.Catalogue;

/// <summary>Where a plugin stands.</summary>
public enum PluginState
{
    /// <summary>Checked from metadata; it can be loaded, and none of its code has run.</summary>
    Ready,

    /// <summary>Found, but not fit for this host; none of its code has run or will run.</summary>
    Refused,

    /// <summary>Named by plugins.json, but in none of its folders.</summary>
    Missing,

    /// <summary>Loaded; its components can be made.</summary>
    Loaded,

    /// <summary>It threw while it was loaded or while a component was made; one that cannot be loaded has no other components either.</summary>
    Failed,
}

/// <summary>One version of a plugin, as its metadata describes it. The state changes when it is loaded.</summary>
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

    /// <summary>The permanent id.</summary>
    public string Id { get; }

    /// <summary>Its version; null when nothing was found to read it from.</summary>
    public NuGetVersion? Version { get; }

    /// <summary>One line that says what it offers.</summary>
    public string Summary { get; internal init; } = "";

    /// <summary>The contract that it was compiled against, major and minor; null when it refers to none.</summary>
    public Version? ContractVersion { get; internal init; }

    /// <summary>Where it lies; null when missing.</summary>
    public string? Folder { get; }

    /// <summary>Its main assembly; null when there is none.</summary>
    public string? AssemblyPath { get; }

    /// <summary>Whether recipes get this version when they ask for none: the highest in the range of plugins.json.</summary>
    public bool IsDefault { get; internal set; }

    /// <summary>SHA-256 of the main assembly as it was read, in lower-case hexadecimal; computed on first use. Empty when there is none.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Where it stands.</summary>
    public PluginState State { get; private set; } = PluginState.Ready;

    /// <summary>Why it is not ready, in a sentence with the way out; empty when it is.</summary>
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
