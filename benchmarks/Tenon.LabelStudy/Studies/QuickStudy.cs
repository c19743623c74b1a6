using System.Text.Json.Nodes;
using Tenon.Host;

namespace Tenon.LabelStudy.Studies;

/// <summary>
/// A study in its quick form, which shows in a moment that every run works: the first data with its fewest labels, one learning rate,
/// and a few steps.
/// </summary>
/// <param name="full">The study.</param>
internal sealed class QuickStudy(Study full) : Study
{
    private const int FewSteps = 2;

    /// <inheritdoc/>
    public override string Name => full.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<LabelledData> Data { get; } = [full.Data[0] with { Labels = [full.Data[0].Labels[0]] }];

    /// <inheritdoc/>
    public override IReadOnlyList<Method> Methods { get; } =
        [.. full.Methods.Select(method => method with { Rates = [method.Rates[0]] })];

    /// <inheritdoc/>
    public override Method Baseline => full.Baseline;

    /// <inheritdoc/>
    public override int TrialLabels => full.TrialLabels;

    /// <inheritdoc/>
    public override string Measure => full.Measure;

    /// <inheritdoc/>
    public override double Of(Result result) => full.Of(result);

    /// <inheritdoc/>
    public override JsonObject? Base(string output) => full.Base(output) is { } recipe ? Shorten(recipe) : null;

    /// <inheritdoc/>
    public override void Prepare(string folder, TenonHost host) => full.Prepare(folder, host);

    /// <inheritdoc/>
    public override JsonObject Recipe(Cell cell, double rate, string folder, string output) =>
        Shorten(full.Recipe(cell, rate, folder, output));

    /// <inheritdoc/>
    protected override int Steps(int labels) => FewSteps;

    private static JsonObject Shorten(JsonObject recipe)
    {
        recipe["training"]!["steps"] = FewSteps;
        recipe["training"]!["warmupSteps"] = 0;
        return recipe;
    }
}
