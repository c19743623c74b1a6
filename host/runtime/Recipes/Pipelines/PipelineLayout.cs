using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes.Pipelines;

/// <summary>The keys of a pipeline's file: its own, and the sections of recipes, which hold for every stage.</summary>
internal static class PipelineLayout
{
    /// <summary>The key of the list of stages, which makes a file a pipeline.</summary>
    public const string Stages = "stages";

    /// <summary>The key of a stage that names the recipe to start from.</summary>
    public const string Recipe = "recipe";

    /// <summary>Keys that belong to the pipeline and say nothing of its stages.</summary>
    public static readonly IReadOnlyList<string> Own = ["$schema", "name", "output", Stages];

    /// <summary>Keys that hold for every stage.</summary>
    public static IReadOnlyList<string> Shared { get; } =
        [.. RecipeLayout.Schema.Options.Select(option => option.Key).Except(Own, StringComparer.OrdinalIgnoreCase)];

    /// <summary>What a stage may be called: its folder and its settings are.</summary>
    public static OptionInfo StageName { get; } = new("name", new OptionType(OptionKind.Text, "string"))
    {
        Summary = "Name of the stage and of its folder. Later stages refer to it as stage:NAME, settings as --stages:NAME:section:key.",
        IsRequired = true,
        Pattern = "[A-Za-z0-9][A-Za-z0-9._-]*",
    };

    /// <summary>The recipe to start from.</summary>
    public static OptionInfo StageRecipe { get; } = new(Recipe, new OptionType(OptionKind.Text, "string"))
    {
        Summary = "A recipe to start from: a file beside the pipeline's, or the name of one that is shipped. What the stage sets is laid over it.",
    };
}
