using Spectre.Console;

namespace Tenon.Benchmarks;

/// <summary>Settings of the measurements.</summary>
/// <param name="Rounds">Number of rounds, over which medians are computed.</param>
/// <param name="Steps">Steps in a measurement, or null for the section's own number.</param>
/// <param name="Threads">Number of torch threads.</param>
/// <param name="Device">Where models run: <c>cpu</c> or <c>cuda</c>.</param>
internal sealed record Settings(int Rounds, int? Steps, int Threads, string Device)
{
    /// <summary>Whether to use a small model, which tries a section that needs much memory or time.</summary>
    public bool IsSmall { get; init; }

    /// <summary>Folders that the section reads.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>The device, for titles.</summary>
    public string Where => Device == "cpu" ? $"{Threads} threads" : Device;

    /// <summary>Runs each variant once per round, in its own process.</summary>
    /// <param name="names">Names of the variants.</param>
    /// <param name="steps">The section's own number of steps.</param>
    public Measurements Measure(IReadOnlyList<string> names, int steps)
    {
        var results = names.ToDictionary(name => name, _ => new List<CaseResult>());
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string name in names)
            {
                results[name].Add(Case.RunInNewProcess(name, Steps ?? steps, Threads, Device));
                Console.Error.WriteLine($"round {round + 1} of {Rounds}: {name} {results[name][^1].PerSecond:N1} per second");
            }
        }

        return new Measurements(results);
    }

    /// <summary>A table with numbers on the right.</summary>
    /// <param name="title">The title.</param>
    /// <param name="columns">Headers.</param>
    public static Table Table(string title, params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title));
        foreach ((int i, string column) in columns.Index())
            table.AddColumn(i == 0 ? new TableColumn(column) : new TableColumn(column).RightAligned());
        return table;
    }

    /// <summary>Shows a table at its full width, regardless of the terminal.</summary>
    /// <param name="table">The table.</param>
    public static void Show(Table table)
    {
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 140);
        AnsiConsole.Write(table);
    }
}
