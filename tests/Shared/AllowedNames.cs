using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Tenon.Tests;

/// <summary>The names that an option's attribute allows, which is what metadata shows.</summary>
internal static class AllowedNames
{
    /// <summary>All but null.</summary>
    public static IEnumerable<string> Of<TOptions>(string option) =>
        typeof(TOptions).GetProperty(option)!.GetCustomAttribute<AllowedValuesAttribute>()!.Values.OfType<string>();
}
