using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes.Pipelines;

/// <summary>
/// The keys of a pipeline's file: the pipeline's own keys, and the sections of recipes, which apply to every stage.
/// </summary>
internal static class PipelineLayout
{
    /// <summary>The key of the list of stages, which identifies a pipeline's file.</summary>
    public const string Stages = "stages";

    /// <summary>The key that names a stage's base recipe.</summary>
    public const string Recipe = "recipe";

    /// <summary>Keys of the pipeline itself, which do not apply to its stages.</summary>
    public static readonly IReadOnlyList<string> Own = ["$schema", "name", "output", Stages];

    /// <summary>Keys that apply to every stage.</summary>
    public static IReadOnlyList<string> Shared { get; } =
        [.. RecipeLayout.Schema.Options.Select(option => option.Key).Except(Own, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The name of a stage, which is used for folders and settings.</summary>
    public static OptionInfo StageName { get; } = new("name", new OptionType(OptionKind.Text, "string"))
    {
        Summary = "Name of the stage and of its folder. Later stages refer to it as stage:NAME, and settings as --stages:NAME:section:key.",
        IsRequired = true,
        Pattern = "[A-Za-z0-9][A-Za-z0-9._-]*",
    };

    /// <summary>The base recipe of a stage.</summary>
    public static OptionInfo StageRecipe { get; } = new(Recipe, new OptionType(OptionKind.Text, "string"))
    {
        Summary = "Base recipe: a file next to the pipeline's, or the name of a shipped one. The stage's settings override it.",
    };
}
