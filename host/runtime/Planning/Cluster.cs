using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Planning;

/// <summary>A cluster of equal nodes: what a plan needs to know of them. Byte counts are decimal, as on data sheets.</summary>
/// <param name="Name">Name of the file without extension, or <c>this</c> for the measured machine.</param>
/// <param name="Gpu">The accelerator, in words.</param>
/// <param name="GpusPerNode">Accelerators that share a node's fast links.</param>
/// <param name="Peaks">Peak floating-point operations per second of one accelerator by precision: <c>bf16</c>, <c>fp16</c>, ….</param>
/// <param name="MemoryBytes">Memory of one accelerator.</param>
/// <param name="MemoryBandwidth">Bytes per second between an accelerator and its memory.</param>
public sealed record Cluster(
    string Name, string Gpu, int GpusPerNode, IReadOnlyDictionary<string, double> Peaks, double MemoryBytes, double MemoryBandwidth)
{
    /// <summary>
    /// The share of the peak that large matrix products reach if none was measured: about the mean of the shipped clusters.
    /// </summary>
    public const double DefaultMatmulShare = 0.8;

    /// <summary>Share of the peak that large matrix products reach, measured on such an accelerator.</summary>
    public double MatmulShare { get; init; } = DefaultMatmulShare;

    /// <summary>
    /// Processors of an accelerator that each compute a tile of a product at a time; 0 if unknown, which assumes that tiles occupy all
    /// of them.
    /// </summary>
    public int Multiprocessors { get; init; }

    /// <summary>Bytes per second that one accelerator sends to others of its node, in one direction; 0 if it is alone.</summary>
    public double LinkBandwidth { get; init; }

    /// <summary>Bytes per second that a node sends to others for each of its accelerators, in one direction; 0 without a network.</summary>
    public double NetworkBandwidth { get; init; }

    /// <summary>Power of one accelerator under load, in watts; 0 if unknown.</summary>
    public double Watts { get; init; }

    /// <summary>Price of one accelerator for an hour, in dollars; null if the file states none.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>Date and source of the price; null without one.</summary>
    public string? PriceSource { get; init; }

    /// <summary>Where the figures come from.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>The precisions that accelerators are used with, from the most to the least preferred.</summary>
    internal static IReadOnlyList<string> Precisions { get; } = ["bf16", "fp16", "tf32", "fp32"];

    /// <summary>The precision of a plan that names none: the first of bf16, fp16, tf32 and fp32 that the accelerator has.</summary>
    public string DefaultPrecision => Precisions.First(Peaks.ContainsKey);

    /// <summary>Returns a precision that the accelerator has.</summary>
    /// <param name="requested">Its name; null for the default.</param>
    /// <exception cref="OptionsException">The accelerator has no peak for it.</exception>
    internal string Precision(string? requested) => requested is null ? DefaultPrecision
        : Peaks.ContainsKey(requested) ? requested : throw new OptionsException(
            $"--precision is '{requested}', but cluster '{Name}' has no peak for it.{NearestName.Question(requested, Peaks.Keys)} " +
            $"Allowed: {string.Join(", ", Peaks.Keys)}.");
}
