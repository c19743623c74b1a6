using Microsoft.Extensions.Configuration;

namespace Tenon.Host.Recipes;

/// <summary>A setting of a stage that refers to the folder of an earlier stage.</summary>
/// <param name="Key">Key in the stage's recipe: <c>model:from</c>.</param>
/// <param name="Stage">Name of the earlier stage.</param>
public sealed record StageReference(string Key, string Stage)
{
    /// <summary>Whether it is the model that the stage starts from.</summary>
    public bool IsModel => Key.Equals("model:from", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Finds <c>stage:NAME</c> among the options of a recipe's components.</summary>
internal static class StageReferences
{
    private const string Scheme = "stage:";

    /// <summary>Whether a value refers to a stage instead of a folder.</summary>
    /// <param name="value">The value of an option.</param>
    public static bool IsReference(string value) => value.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>A reference as written in recipes.</summary>
    /// <param name="stage">Name of the stage.</param>
    public static string To(string stage) => Scheme + stage;

    /// <summary>Returns the references of a recipe, by key.</summary>
    /// <param name="sources">Its values.</param>
    public static IEnumerable<StageReference> Of(RecipeSources sources) => sources.Configuration.AsEnumerable()
        .Where(p => p.Value is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && !value.Any(char.IsWhiteSpace)
            && RecipeLayout.KindOf(RecipeKeys.First(p.Key)) is not null)
        .OrderBy(p => p.Key, StringComparer.Ordinal)
        .Select(p => new StageReference(p.Key, p.Value![Scheme.Length..]));

    /// <summary>Finds errors in the references of a recipe.</summary>
    /// <param name="sources">Its values.</param>
    /// <param name="stages">Names of the pipeline's stages; null if the recipe is not a stage.</param>
    /// <param name="at">Index of the recipe's stage.</param>
    public static IEnumerable<RecipeFinding> Check(RecipeSources sources, IReadOnlyList<string>? stages, int at)
    {
        string[] earlier = [.. (stages ?? []).Take(at)];
        foreach ((string key, string stage) in Of(sources))
        {
            if (earlier.Contains(stage, StringComparer.Ordinal))
                continue;
            string? nearest = NearestName.Of(stage, earlier);
            string before = earlier.Length > 0 ? $"Stages before this one: {string.Join(", ", earlier)}." : "This is the first stage.";
            string message = stages switch
            {
                null => $"is '{To(stage)}', but this recipe is not a stage of a pipeline. Use a folder.",
                _ when stages[at] == stage => $"is '{To(stage)}', which is the stage itself and has no folder before it runs. {before}",
                _ when stages.Contains(stage, StringComparer.Ordinal) => $"is '{To(stage)}', which comes later. {before}",
                _ => $"is '{To(stage)}', which is not a stage.{NearestName.Question(nearest)} {before}",
            };
            yield return sources.Finding(key, key, To(stage), earlier.Length > 0
                ? string.Join(", ", earlier.Select(To)) : null, nearest is null ? null : To(nearest), message);
        }
    }
}
