using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Planning;

/// <summary>The clusters shipped with the program.</summary>
internal static class ShippedClusters
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "clusters");

    /// <summary>Names of the clusters, sorted.</summary>
    public static IReadOnlyList<string> Names => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Reads a cluster: the file at this path, otherwise the shipped cluster with this name.</summary>
    /// <param name="cluster">Path or name.</param>
    /// <exception cref="OptionsException">There is neither.</exception>
    /// <exception cref="Recipes.RecipeException">The file is invalid.</exception>
    public static Cluster Read(string cluster)
    {
        string shipped = Path.Combine(Folder, $"{cluster}.json");
        if (File.Exists(cluster))
            return ClusterFile.Read(cluster);
        return File.Exists(shipped) ? ClusterFile.Read(shipped) : throw new OptionsException(
            $"--cluster is '{cluster}', which is neither a file nor a shipped cluster.{NearestName.Question(cluster, Names)} " +
            $"Shipped: {string.Join(", ", Names)}.");
    }
}
