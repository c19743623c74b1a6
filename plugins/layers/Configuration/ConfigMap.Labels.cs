using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <content>The class of the model and the names of its classes, in the keys that transformers uses.</content>
public sealed partial class ConfigMap
{
    private const string ModelClassKey = "architectures";
    private const string NamesKey = "id2label";

    /// <summary>The reference implementation's class, the first in <c>architectures</c>.</summary>
    /// <typeparam name="T">Type of the value that the class determines, such as the head.</typeparam>
    /// <param name="value">The option.</param>
    /// <param name="missing">The value for a file that names no class.</param>
    /// <param name="classes">Class names with their values; if several names have the same value, the first is written.</param>
    public T ModelClass<T>(T value, T missing, IReadOnlyList<(string Name, T Value)> classes)
    {
        _known.Add(ModelClassKey);
        if (!Reads)
            _content[ModelClassKey] = new JsonArray(Name(value, classes));
        else if (_content[ModelClassKey] is { } node)
            return Convert<string[]>(ModelClassKey, node) is [string first, ..] ? Named(ModelClassKey, first, classes) : missing;
        return Reads ? missing : value;
    }

    /// <summary>
    /// The names of the classes as transformers stores them: <c>id2label</c> with its inverse <c>label2id</c>, or
    /// <c>num_labels</c> alone.
    /// </summary>
    /// <param name="labels">In the order of the logits, or null if the model has none.</param>
    /// <returns>The names; <c>LABEL_0</c> … if the file has only their number; null if it has neither.</returns>
    public IReadOnlyList<string>? Labels(IReadOnlyList<string>? labels)
    {
        _known.UnionWith(["label2id", "num_labels"]);
        if (Names(labels) is { } names)
        {
            if (!Reads)
            {
                // Classes may share a name, as two of ImageNet's do; the last one counts, as in transformers.
                var numbers = new JsonObject();
                foreach ((int number, string name) in names.Index())
                    numbers[name] = number;
                _content["label2id"] = numbers;
            }

            return names;
        }

        int count = Reads && _content["num_labels"] is { } node ? Convert<int>("num_labels", node) : 0;
        return count > 0 ? [.. Enumerable.Range(0, count).Select(id => $"LABEL_{id}")] : null;
    }

    /// <summary>The names of the classes in <c>id2label</c> alone.</summary>
    /// <param name="labels">In the order of the logits, or null if the model has none.</param>
    /// <returns>The names; null if the file lacks the key.</returns>
    public IReadOnlyList<string>? Names(IReadOnlyList<string>? labels)
    {
        _known.Add(NamesKey);
        if (!Reads)
        {
            if (labels is not null)
                _content[NamesKey] = new JsonObject(
                    labels.Index().Select(label => KeyValuePair.Create(Number(label.Index), (JsonNode?)label.Item)));
            return labels;
        }

        if (_content[NamesKey] is not { } node)
            return null;
        Dictionary<string, string> names = Convert<Dictionary<string, string>>(NamesKey, node);
        string[] numbers = [.. Enumerable.Range(0, names.Count).Select(Number)];
        if (names.Keys.Except(numbers).FirstOrDefault() is { } odd)
            throw Error(
                NamesKey, $"has the key '{odd}'; with {numbers.Length} classes the keys are 0 … {numbers.Length - 1}, each once.");
        return [.. numbers.Select(number => names[number] ?? throw Error(NamesKey, $"has no name for class {number}. Add one."))];
    }

    private static string Number(int id) => id.ToString(CultureInfo.InvariantCulture);
}
