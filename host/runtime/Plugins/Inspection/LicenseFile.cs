namespace Tenon.Host.Plugins.Inspection;

/// <summary>The license of a plugin's folder.</summary>
internal static class LicenseFile
{
    private static readonly string[] Beginnings = ["LICENSE", "LICENCE", "COPYING"];

    /// <summary>Name of the file with the license, or null.</summary>
    /// <param name="folder">The folder.</param>
    public static string? Find(string folder) => Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file))
        .Where(name => Beginnings.Any(beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)))
        .Order(StringComparer.Ordinal).FirstOrDefault();
}
