namespace Tenon.Host.Data;

/// <summary>Which examples a model learns from.</summary>
internal static class Learning
{
    /// <summary>The kinds of example that a model turns into batches, by name.</summary>
    /// <param name="model">Any model.</param>
    public static IReadOnlyList<Type> Examples(IModel model) =>
        [.. model.GetType().GetInterfaces()
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICollate<>))
            .Select(i => i.GetGenericArguments()[0])
            .OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>The sentence about a model that does not learn from the data's kind of example.</summary>
    /// <param name="data">Name of the data component.</param>
    /// <param name="example">The kind that it yields.</param>
    /// <param name="model">The model.</param>
    public static string UnsupportedReason(string data, Type example, IModel model)
    {
        string[] learns = [.. Examples(model).Select(type => type == typeof(TokenBlock) ? nameof(TextExample) : type.Name).Distinct()];
        string from = learns.Length == 0 ? "no examples by itself" : string.Join(" or ", learns);
        return $"The data '{data}' yields {example.Name}, but {model.GetType().Name} learns from {from}. "
            + (learns.Length == 0 ? "Choose a strategy that makes its own batches." : "Choose data of that kind, another model, or a strategy that makes its own batches.");
    }
}
