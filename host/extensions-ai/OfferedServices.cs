namespace Tenon.Extensions.AI;

/// <summary>What the clients of Microsoft.Extensions.AI here offer through GetService: themselves and their metadata.</summary>
internal static class OfferedServices
{
    /// <summary>Returns the client or its metadata; null for other types.</summary>
    /// <param name="client">The client.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="type">The requested type.</param>
    /// <param name="key">The requested key; there are no services with keys.</param>
    public static object? Find(object client, object metadata, Type type, object? key)
    {
        ArgumentNullException.ThrowIfNull(type);
        return key is not null ? null
            : type == metadata.GetType() ? metadata
            : type.IsInstanceOfType(client) ? client : null;
    }
}
