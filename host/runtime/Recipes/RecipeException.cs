namespace Tenon.Host.Recipes;

/// <summary>A recipe is invalid.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>Creates the exception from findings.</summary>
    /// <param name="findings">At least one.</param>
    public RecipeException(IReadOnlyList<RecipeFinding> findings) : base(string.Join(Environment.NewLine, findings)) => Findings = findings;

    /// <summary>Creates the exception for an error that a component reported.</summary>
    /// <param name="section">Section of the recipe.</param>
    /// <param name="recipe">The recipe's file, or null.</param>
    /// <param name="cause">The component's exception.</param>
    public RecipeException(string section, string? recipe, Exception cause)
        : base($"{recipe ?? "recipe"}: {section}: {cause.Message}", cause) =>
        Findings = [new RecipeFinding(recipe ?? "recipe", null, section, null, null, null, cause.Message)];

    /// <summary>All errors.</summary>
    public IReadOnlyList<RecipeFinding> Findings { get; }
}
