using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tenon.Host.Artifacts;

namespace Tenon.Host.Training;

/// <summary>A strategy's state, stored as JSON in checkpoints.</summary>
/// <param name="values">Values of the checkpoint, or an empty object.</param>
internal sealed class RunState(JsonObject values) : IRunState
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>A copy of the values for a checkpoint.</summary>
    public JsonObject Values => values.DeepClone().AsObject();

    /// <inheritdoc/>
    public T Get<T>(string name, T initial)
    {
        if (!values.TryGetPropertyValue(name, out JsonNode? value))
            return initial;
        try
        {
            return value.Deserialize<T>(Json) ?? throw new JsonException("It is null.");
        }
        catch (JsonException cause)
        {
            throw new CheckpointException($"The checkpoint's state '{name}' is {value?.ToJsonString() ?? "null"}, which is not a " +
                $"{typeof(T).Name}. Delete the checkpoint's folder to resume from the previous one.", cause);
        }
    }

    /// <inheritdoc/>
    public void Set<T>(string name, T value) => values[name] = JsonSerializer.SerializeToNode(value, Json);
}
