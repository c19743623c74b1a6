using NuGet.Common;
using NuGet.Configuration;
using NuGet.Packaging.Core;
using NuGet.Protocol.Core.Types;
using NuGet.Protocol;
using NuGet.Versioning;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Packages;

/// <summary>Package sources: folders and NuGet servers.</summary>
/// <param name="sources">Folders and addresses; empty for those in the user's NuGet configuration.</param>
internal sealed class PackageFeeds(IReadOnlyList<string> sources)
{
    private readonly PackageSource[] _sources = sources.Count > 0
        ? [.. sources.Select(source => new PackageSource(Directory.Exists(source) ? Path.GetFullPath(source) : source))]
        : [.. PackageSourceProvider.LoadPackageSources(Settings.LoadDefaultSettings(Environment.CurrentDirectory))
            .Where(source => source.IsEnabled)];

    /// <summary>Display names of the sources.</summary>
    public string Names => string.Join(", ", _sources.Select(source => $"'{source.Source}'").DefaultIfEmpty("no source"));

    /// <summary>Returns the versions of a package in all sources, oldest first.</summary>
    /// <param name="id">The package.</param>
    /// <param name="stop">Cancels the search.</param>
    /// <exception cref="PluginException">A source does not respond.</exception>
    public IReadOnlyList<PackageOffer> Versions(string id, CancellationToken stop)
    {
        using var cache = new SourceCacheContext { NoCache = true };
        return [.. _sources.SelectMany(source => Ask(source, packages => packages.GetAllVersionsAsync(id, cache, NullLogger.Instance,
            stop), stop).Select(version => new PackageOffer(id, version, source)))
            .OrderBy(offer => offer.Version)];
    }

    /// <summary>Fetches a package.</summary>
    /// <param name="offer">One of <see cref="Versions"/>.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="PluginException">The source does not respond.</exception>
    public static void Fetch(PackageOffer offer, string path, CancellationToken stop)
    {
        using var cache = new SourceCacheContext { NoCache = true };
        using FileStream file = File.Create(path);
        Ask(offer.Source, packages => packages.CopyNupkgToStreamAsync(offer.Id, offer.Version, file, cache, NullLogger.Instance, stop),
            stop);
    }

    private static T Ask<T>(PackageSource source, Func<FindPackageByIdResource, Task<T>> question, CancellationToken stop)
    {
        try
        {
            FindPackageByIdResource? packages = Repository.Factory.GetCoreV3(source).GetResource<FindPackageByIdResource>(stop);
            return packages is null
                ? throw new PluginException($"'{source.Source}' is neither a folder with packages nor a NuGet source. Check the path or " +
                    "address.")
                : question(packages).GetAwaiter().GetResult();
        }
        catch (FatalProtocolException failure) when (!source.IsLocal)
        {
            throw new PluginException($"The package source '{source.Source}' does not respond: {Innermost(failure).Message}", failure);
        }
        // In a folder, packages themselves are opened to find those with an id.
        catch (Exception failure) when (failure is FatalProtocolException or InvalidDataException or PackagingException)
        {
            throw new PluginException($"The folder '{source.Source}' has a package that cannot be read: {Innermost(failure).Message} " +
                "Remove or replace it.", failure);
        }
    }

    private static Exception Innermost(Exception failure) => failure.InnerException is { } inner ? Innermost(inner) : failure;
}

/// <summary>A version of a package in a source.</summary>
/// <param name="Id">The package.</param>
/// <param name="Version">Its version.</param>
/// <param name="Source">The source that offers it.</param>
internal sealed record PackageOffer(string Id, NuGetVersion Version, PackageSource Source)
{
    /// <summary>Id, version and source.</summary>
    public override string ToString() => $"'{Id}' {Version} from '{Source.Source}'";
}
