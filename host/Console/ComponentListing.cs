using Spectre.Console;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Console;

/// <summary>Components by kind: names in one column, wrapped descriptions next to them.</summary>
internal static class ComponentListing
{
    /// <summary>Writes the components, each kind under its own heading.</summary>
    /// <param name="console">Where to write; its width limits the lines.</param>
    /// <param name="components">Components, in the order of their kinds.</param>
    public static void Show(IAnsiConsole console, IReadOnlyList<ComponentInfo> components)
    {
        Grid grid = Terminal.Entries();
        foreach (IGrouping<ComponentKind, ComponentInfo> kind in components.GroupBy(c => c.Kind))
        {
            if (grid.Rows.Count > 0)
                grid.AddEmptyRow();
            grid.AddEntry(kind.Key.Plural);
            foreach (ComponentInfo c in kind)
            {
                string stability = c.Stability.ToString().ToLowerInvariant();
                grid.AddEntry($"  {c.Name}", $"{c.Summary} ", $"({c.Plugin.Id} {c.Plugin.Version}, {stability})");
            }
        }

        console.Write(grid);
    }
}
