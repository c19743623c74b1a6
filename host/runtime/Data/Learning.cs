namespace Tenon.Host.Data;

/// <summary>The example types that a model learns from.</summary>
internal static class Learning
{
    /// <summary>Returns the example types that a model can collate, by name.</summary>
    /// <param name="model">Any model.</param>
    public static IReadOnlyList<Type> Examples(IModel model) =>
        [.. model.GetType().GetInterfaces()
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICollate<>))
            .Select(i => i.GetGenericArguments()[0])
            .OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>Error message for a model that cannot learn from the data's type of example.</summary>
    /// <param name="data">Name of the data component.</param>
    /// <param name="example">The type of example that it yields.</param>
    /// <param name="model">The model.</param>
    public static string UnsupportedReason(string data, Type example, IModel model)
    {
        string[] learns = [.. Examples(model).Select(type => type == typeof(TokenBlock) ? nameof(TextExample) : type.Name).Distinct()];
        string from = learns.Length == 0 ? "no examples on its own" : string.Join(" or ", learns);
        return $"The data '{data}' yields {example.Name}, but {model.GetType().Name} learns from {from}. "
            + (learns.Length == 0 ? "Use a strategy that creates its own batches."
                : "Use data of that type, another model, or a strategy that creates its own batches.");
    }
}
