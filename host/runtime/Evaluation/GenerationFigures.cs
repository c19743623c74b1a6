using System.Globalization;
using Spectre.Console;
using Tenon.Cli.Console;

namespace Tenon.Host.Evaluation;

/// <summary>How often images of a class are taken for it.</summary>
/// <param name="Label">Name of the class.</param>
/// <param name="Images">Images generated of it.</param>
/// <param name="AsAsked">Share of them that the classifier takes for it.</param>
public sealed record GeneratedClass(string Label, long Images, double AsAsked);

/// <summary>How a classifier judges generated images.</summary>
public sealed record GenerationFigures
{
    /// <summary>Folder of the classifier.</summary>
    public required string Classifier { get; init; }

    /// <summary>Images generated.</summary>
    public required long Generated { get; init; }

    /// <summary>Real images of the split that they are compared with.</summary>
    public required long Real { get; init; }

    /// <summary>Size of the classifier's features.</summary>
    public required int Features { get; init; }

    /// <summary>Scale of classifier-free guidance.</summary>
    public required double Guidance { get; init; }

    /// <summary>Seed of the images.</summary>
    public required long Seed { get; init; }

    /// <summary>Share of the generated images that the classifier takes for the class asked for; null without classes.</summary>
    public double? AsAsked { get; init; }

    /// <summary>Share of the real images that the classifier takes for their class: what <see cref="AsAsked"/> can be expected to reach.</summary>
    public double? RealAsLabelled { get; init; }

    /// <summary>The same of each class.</summary>
    public IReadOnlyList<GeneratedClass> Classes { get; init; } = [];

    /// <summary>Fréchet distance between the features of generated and real images (Heusel et al. 2017, with this classifier's features).</summary>
    public required double FrechetDistance { get; init; }

    /// <summary>The distance between the same real images and as many of the other split; null without one: what images without fault have.</summary>
    public double? FrechetDistanceOfReal { get; init; }

    /// <summary>Images of the other split in <see cref="FrechetDistanceOfReal"/>.</summary>
    public long? OtherReal { get; init; }

    internal void Show(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("generated images").AddColumn("")
            .AddColumn(new TableColumn("images").RightAligned()).AddColumn(new TableColumn("taken for their class").RightAligned())
            .AddColumn(new TableColumn("Fréchet distance").RightAligned());
        table.AddRow("generated", Wording.Count(Generated), AsAsked is { } asked ? Wording.Share(asked) : "", Distance(FrechetDistance));
        if (FrechetDistanceOfReal is { } distance)
            table.AddRow("real, of the other split", Wording.Count(OtherReal!.Value), "", Distance(distance));
        table.AddRow("real", Wording.Count(Real), RealAsLabelled is { } labelled ? Wording.Share(labelled) : "", "");
        console.Write(table);
        if (Classes.Count is > 0 and <= ClassificationTable.MostClasses)
        {
            var classes = new Table().Border(TableBorder.Rounded).AddColumn("class")
                .AddColumn(new TableColumn("images").RightAligned()).AddColumn(new TableColumn("taken for it").RightAligned());
            foreach (GeneratedClass one in Classes)
                classes.AddRow(Markup.Escape(one.Label), Wording.Count(one.Images), Wording.Share(one.AsAsked));
            console.Write(classes);
        }

        if (Math.Min(Generated, Real) <= Features)
            console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"The smaller set has {Math.Min(Generated, Real)} images and the features {Features} dimensions: the distance is too large by an amount that falls with more images (--count)."));
    }

    private static string Distance(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
