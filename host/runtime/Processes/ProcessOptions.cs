using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Processes;

/// <summary>The host's options in the section <c>parallel</c>: how the processes of a job share the work.</summary>
/// <param name="Data">Groups of processes that divide each batch; null to use all processes that remain.</param>
/// <param name="Tensor">Processes that divide each layer; null for 1.</param>
/// <param name="Pipeline">Processes that divide the sequence of layers; null for 1.</param>
/// <param name="Zero">
/// Stage of ZeRO (Rajbhandari et al. 2020): 0 keeps everything in every process, 1 divides the optimizer's state, 2 also the gradients.
/// </param>
/// <param name="Timeout">How long a process waits for the others.</param>
internal sealed record ProcessOptions(int? Data, int? Tensor, int? Pipeline, int Zero, TimeSpan Timeout)
{
    /// <summary>Key of <see cref="Data"/>.</summary>
    public const string DataKey = "data";

    /// <summary>Key of <see cref="Tensor"/>.</summary>
    public const string TensorKey = "tensor";

    /// <summary>Key of <see cref="Pipeline"/>.</summary>
    public const string PipelineKey = "pipeline";

    /// <summary>Key of <see cref="Chunks"/>.</summary>
    public const string ChunksKey = "chunks";

    /// <summary>Key of <see cref="Sequence"/>.</summary>
    public const string SequenceKey = "sequence";

    /// <summary>Key of <see cref="Zero"/>.</summary>
    public const string ZeroKey = "zero";

    /// <summary>Key of <see cref="Timeout"/>.</summary>
    public const string TimeoutKey = "timeout";

    /// <summary>The value of <see cref="Timeout"/> if a recipe sets none, in seconds.</summary>
    public const double DefaultTimeout = 600;

    /// <summary>Chunks of layers of each process of a pipeline; 1 without interleaving.</summary>
    public int Chunks { get; init; } = 1;

    /// <summary>Whether the processes that divide each layer also divide the sequence outside its maps.</summary>
    public bool Sequence { get; init; }

    /// <summary>Returns the options of a recipe.</summary>
    /// <param name="choice">The recipe's choice; null for the defaults.</param>
    public static ProcessOptions Of(ComponentChoice? choice)
    {
        IConfiguration? section = choice?.Options;
        return new ProcessOptions(
            section?.GetValue<int?>(DataKey), section?.GetValue<int?>(TensorKey), section?.GetValue<int?>(PipelineKey),
            section?.GetValue<int?>(ZeroKey) ?? 0, TimeSpan.FromSeconds(section?.GetValue<double?>(TimeoutKey) ?? DefaultTimeout))
        {
            Chunks = section?.GetValue<int?>(ChunksKey) ?? 1,
            Sequence = section?.GetValue<bool?>(SequenceKey) ?? false,
        };
    }
}
