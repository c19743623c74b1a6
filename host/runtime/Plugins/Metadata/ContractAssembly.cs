namespace Tenon.Host.Plugins.Metadata;

/// <summary>The contract that this host offers.</summary>
internal static class ContractAssembly
{
    /// <summary>Simple name of the contract's assembly.</summary>
    public const string Name = "Tenon.Abstractions";

    /// <summary>Major and minor version of the contract that this host offers.</summary>
    public static Version Version { get; } = MajorMinor(typeof(IModel).Assembly.GetName().Version!);

    /// <summary>The contract as metadata: the interfaces that capabilities inherit from.</summary>
    public static AssemblyFile File => LazyFile.Value;

    private static readonly Lazy<AssemblyFile> LazyFile = new(() => Own(typeof(IModel).Assembly.Location));
    private static readonly Lazy<AssemblyFile> LazyHost = new(() => Own(typeof(ContractAssembly).Assembly.Location));

    /// <summary>This host as metadata: the recipe's own sections are described like a plugin's options.</summary>
    public static AssemblyFile Host => LazyHost.Value;

    /// <summary>The first two parts of a version.</summary>
    public static Version MajorMinor(Version version) => new(version.Major, version.Minor);

    /// <summary>Whether a plugin compiled against a contract runs here: same major version, and no newer minor one (SemVer).</summary>
    /// <param name="compiledAgainst">The version in the plugin's reference.</param>
    /// <param name="offered">The host's version.</param>
    public static bool Runs(Version compiledAgainst, Version offered) =>
        compiledAgainst.Major == offered.Major && compiledAgainst.Minor <= offered.Minor;

    private static AssemblyFile Own(string path) => AssemblyFile.Open(path)
        ?? throw new InvalidOperationException($"'{path}' is no .NET assembly; install the program again.");
}
