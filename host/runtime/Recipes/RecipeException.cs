namespace Tenon.Host.Recipes;

/// <summary>A recipe is not valid.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>Creates the exception from what reading the recipe found.</summary>
    /// <param name="findings">At least one.</param>
    public RecipeException(IReadOnlyList<RecipeFinding> findings) : base(string.Join(Environment.NewLine, findings)) => Findings = findings;

    /// <summary>Creates the exception for what only a component could know.</summary>
    /// <param name="section">Section of the recipe.</param>
    /// <param name="recipe">The recipe's file, or null.</param>
    /// <param name="cause">What the component said.</param>
    public RecipeException(string section, string? recipe, Exception cause)
        : base($"{recipe ?? "recipe"}: {section}: {cause.Message}", cause) =>
        Findings = [new RecipeFinding(recipe ?? "recipe", null, section, null, null, null, cause.Message)];

    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<RecipeFinding> Findings { get; }
}
