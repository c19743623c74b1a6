namespace Tenon.Host.Plugins.Metadata;

/// <summary>The contract of this host.</summary>
internal static class ContractAssembly
{
    /// <summary>Simple name of the contract's assembly.</summary>
    public const string Name = "Tenon.Abstractions";

    /// <summary>Major and minor version of this host's contract.</summary>
    public static Version Version { get; } = MajorMinor(typeof(IModel).Assembly.GetName().Version!);

    /// <summary>The contract as metadata, with the base interfaces of capabilities.</summary>
    public static AssemblyFile File => LazyFile.Value;

    private static readonly Lazy<AssemblyFile> LazyFile = new(() => Own(typeof(IModel).Assembly.Location));
    private static readonly Lazy<AssemblyFile> LazyHost = new(() => Own(typeof(ContractAssembly).Assembly.Location));

    /// <summary>
    /// This host as metadata: the host's own sections of a recipe are described in the same way as a plugin's options.
    /// </summary>
    public static AssemblyFile Host => LazyHost.Value;

    /// <summary>Major and minor part of a version.</summary>
    public static Version MajorMinor(Version version) => new(version.Major, version.Minor);

    /// <summary>
    /// Returns whether a plugin compiled against a contract version runs on this host: the major version must be the same, and
    /// the minor version must not be newer (SemVer).
    /// </summary>
    /// <param name="compiledAgainst">The version in the plugin's reference.</param>
    /// <param name="offered">The host's version.</param>
    public static bool Runs(Version compiledAgainst, Version offered) =>
        compiledAgainst.Major == offered.Major && compiledAgainst.Minor <= offered.Minor;

    private static AssemblyFile Own(string path) => AssemblyFile.Open(path)
        ?? throw new InvalidOperationException($"'{path}' is not a .NET assembly. Reinstall the program.");
}
