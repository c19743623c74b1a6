using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;

namespace Tenon.Benchmarks;

/// <summary>The result of one measurement.</summary>
/// <param name="PerSecond">Units per second: tokens, images, floating-point operations or bytes, depending on the case.</param>
/// <param name="FlopPerUnit">Floating-point operations to train on a unit; 0 if unknown.</param>
/// <param name="PeakBytes">Peak memory of the process.</param>
internal sealed record CaseResult(double PerSecond, double FlopPerUnit, long PeakBytes)
{
    /// <summary>The measurement as one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>The medians of several measurements of the same case.</summary>
    /// <param name="results">At least one.</param>
    public static CaseResult Median(IReadOnlyList<CaseResult> results) =>
        new(Middle([.. results.Select(r => r.PerSecond)]), results[0].FlopPerUnit,
            (long)Middle([.. results.Select(r => (double)r.PeakBytes)]));

    /// <summary>The middle number, or the mean of the two middle numbers.</summary>
    /// <param name="values">At least one.</param>
    public static double Middle(double[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}

/// <summary>One variant, measured in its own process: <c>gpt-256/plain/fp32</c>.</summary>
internal static class Case
{
    /// <summary>Precedes the result on the line that the process writes.</summary>
    public const string Marker = "result: ";

    /// <summary>Measures in this process.</summary>
    /// <param name="name">Model, variant and precision; or the property of the machine that is measured.</param>
    /// <param name="steps">Steps to measure.</param>
    /// <param name="threads">Number of torch threads.</param>
    /// <param name="device">Where the model runs.</param>
    public static CaseResult Run(string name, int steps, int threads, string device)
    {
        string[] parts = name.Split('/');
        using IOpenDevice open =
            parts is [_, "plain", _] && device == "cpu" ? new PlainProcessor(threads) : Open(device, parts[^1], threads);
        (double perSecond, double flop) = parts switch
        {
            ["machine", _] => (Machine.ProductPeak(open), 0),
            [var model, "plain", _] => TrainingLoops.Plain(Workloads.Shape(model), steps, open),
            [var model, "host", var precision] => TrainingLoops.Host(Workloads.Shape(model), steps, threads, precision),
            [var model, "direct", _] => TrainingLoops.Direct(model, steps, open),
            [var model, "gradients", _] => TrainingLoops.Gradients(MaskingSection.Build(model, open), steps, open),
            _ => throw new ArgumentException($"There is no case '{name}'.", nameof(name)),
        };
        using Process process = Process.GetCurrentProcess();
        return new CaseResult(perSecond, flop, device == "cpu" ? process.PeakWorkingSet64 : open.Memory.Peak ?? 0);
    }

    /// <summary>Opens a device as the host does for a recipe. The caller disposes it.</summary>
    /// <param name="device">Its name.</param>
    /// <param name="precision">Precision of matrix products.</param>
    /// <param name="threads">Number of torch threads, on the CPU.</param>
    public static IOpenDevice Open(string device, string precision, int threads)
    {
        using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);
        var options = new Dictionary<string, string?> { ["device:precision"] = precision };
        if (device == "cpu")
            options["device:threads"] = threads.ToString(CultureInfo.InvariantCulture);
        return new DeviceOpener(host.Components).Open(
            new ComponentChoice(
                ComponentKind.Device, device, null,
                new ConfigurationBuilder().AddInMemoryCollection(options).Build().GetSection("device")));
    }

    /// <summary>Measures in a new process.</summary>
    /// <param name="name">The case.</param>
    /// <param name="steps">Steps to measure.</param>
    /// <param name="threads">Number of torch threads.</param>
    /// <param name="device">Where the model runs.</param>
    /// <exception cref="InvalidOperationException">The process failed; the message contains its output.</exception>
    public static CaseResult RunInNewProcess(string name, int steps, int threads, string device) => Result<CaseResult>(
        "case", name, steps.ToString(CultureInfo.InvariantCulture), threads.ToString(CultureInfo.InvariantCulture), device);

    /// <summary>Runs this program again and returns the result that it writes after <see cref="Marker"/>.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="InvalidOperationException">The process failed; the message contains its output.</exception>
    public static T Result<T>(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Tenon.Benchmarks.dll");
        using Process process =
            Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string? line = output.Split('\n').LastOrDefault(l => l.StartsWith(Marker, StringComparison.Ordinal));
        return line is not null && process.ExitCode == 0
            ? JsonSerializer.Deserialize<T>(line[Marker.Length..])!
            : throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended with {process.ExitCode}: {output}");
    }
}
