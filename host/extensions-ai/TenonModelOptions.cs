using Tenon.Host;
using Tenon.Host.Models;

namespace Tenon.Extensions.AI;

/// <summary>How the model of a client is opened.</summary>
public sealed class TenonModelOptions
{
    /// <summary>Name of the model in responses; null for the name of its folder.</summary>
    public string? ModelId { get; set; }

    /// <summary>Name of the device; null for the first in the catalogue.</summary>
    public string? Device { get; set; }

    /// <summary>Options of the device: <c>--device:threads=4</c>.</summary>
    public IReadOnlyList<string> DeviceSettings { get; set; } = [];

    /// <summary>Adapters to apply in addition to the folder's own.</summary>
    public IReadOnlyList<AdapterChoice> Adapters { get; set; } = [];

    /// <summary>Folder of the base model of the folder's adapter; null for the one that the adapter names.</summary>
    public string? BaseModel { get; set; }

    /// <summary>Format of the weights: fp32, bf16, int8 or auto, as in <see cref="TenonHost.Open"/>.</summary>
    public string Weights { get; set; } = "auto";

    /// <summary>Replies that a chat client generates at the same time; further requests wait. At least 1.</summary>
    public int MaxRunning { get; set; } = 16;

    /// <summary>
    /// Memory for keys and values of a chat client in bytes; requests that do not fit wait. Null for half of the memory that is free
    /// when the model has been opened, on a CPU; otherwise there is no limit.
    /// </summary>
    public long? CacheBytes { get; set; }
}
