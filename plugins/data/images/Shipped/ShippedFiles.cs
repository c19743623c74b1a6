using System.Reflection;

namespace Tenon.Images.Shipped;

/// <summary>The files inside the plugin's assembly.</summary>
internal static class ShippedFiles
{
    /// <summary>Opens a file; the caller disposes it.</summary>
    public static Stream Open(string name) => Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"{name} is missing in the plugin; build it again.");
}
