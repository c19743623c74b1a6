namespace Tenon.Host.Data;

/// <summary>Which examples a model learns from.</summary>
internal static class Learning
{
    /// <summary>The kinds of example that a model's class turns into batches, by name.</summary>
    public static IReadOnlyList<Type> Examples(Type model) =>
        [.. model.GetInterfaces()
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICollate<>))
            .Select(i => i.GetGenericArguments()[0])
            .OrderBy(type => type.Name, StringComparer.Ordinal)];

    /// <summary>Why a model cannot learn from examples of a kind, in a sentence with the way out; null when it can.</summary>
    /// <param name="data">Name of the data component.</param>
    /// <param name="example">The kind that it yields.</param>
    /// <param name="model">The model's class.</param>
    public static string? Objection(string data, Type example, Type model)
    {
        if (typeof(ICollate<>).MakeGenericType(example).IsAssignableFrom(model) || IsPacked(example, model))
            return null;
        string[] learns = [.. Examples(model).Select(type => type == typeof(TokenBlock) ? nameof(TextExample) : type.Name).Distinct()];
        string from = learns.Length == 0 ? "no examples by itself" : string.Join(" or ", learns);
        return $"The data '{data}' yields {example.Name}, but {model.Name} learns from {from}. "
            + (learns.Length == 0 ? "Choose a strategy that makes its own batches." : "Choose data of that kind, another model, or a strategy that makes its own batches.");
    }

    /// <summary>Whether texts are tokenized and packed for a model.</summary>
    public static bool IsPacked(Type example, Type model) =>
        example == typeof(TextExample) && typeof(ILearnsFromTokens).IsAssignableFrom(model);
}
