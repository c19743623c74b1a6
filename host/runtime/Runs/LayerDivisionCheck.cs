using System.Globalization;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs;

/// <summary>Checks that the processes of a recipe can divide the layers of its model, whose sizes are known once it is resolved.</summary>
internal static class LayerDivisionCheck
{
    /// <summary>Checks all sizes and reports all that do not fit.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="model">Its model.</param>
    /// <exception cref="RecipeException">The processes cannot divide a size, or the model as configured.</exception>
    public static void Check(Recipe recipe, IModel model)
    {
        int ranks = ProcessOptions.Of(recipe.Parallel).Tensor ?? 1;
        if (ranks == 1)
            return;
        if (model.UnsupportedReason(typeof(IDividesLayers)) is { } lacking)
            throw new RecipeException("parallel", recipe.File, new ModelException(lacking));
        IReadOnlyDictionary<string, long> sizes = ((IDividesLayers)model).DividedSizes;
        string fitting = string.Join(", ", Enumerable.Range(1, (int)sizes.Values.Min())
            .Where(number => sizes.Values.All(size => size % number == 0)));
        RecipeFinding[] findings =
        [
            .. sizes.Where(each => each.Value % ranks != 0).Select(each => new RecipeFinding(
                recipe.File ?? "recipe", null, $"model:{each.Key}", each.Value.ToString(CultureInfo.InvariantCulture), null, null,
                $"is {each.Value}, which {ranks} processes (parallel:tensor) cannot divide equally. Use a multiple of {ranks}, or set " +
                $"parallel:tensor to one of {fitting}.")),
        ];
        if (findings.Length > 0)
            throw new RecipeException(findings);
    }
}
