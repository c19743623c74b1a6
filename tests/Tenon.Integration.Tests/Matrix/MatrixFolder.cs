using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>The folder that the cells share: data, runs, and one trained model for each architecture and kind of example.</summary>
public sealed class MatrixFolder : IDisposable
{
    private readonly Dictionary<string, string> _trained = [];
    private readonly Dictionary<string, string?> _unavailable = [];

    /// <summary>Makes the folder with its data.</summary>
    public MatrixFolder() => Data = new TinyData(Directory.CreateDirectory(Path).FullName);

    /// <summary>The folder.</summary>
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"tenon-{Guid.NewGuid():N}");

    internal TinyData Data { get; }

    /// <summary>A run's folder.</summary>
    /// <param name="name">Of the run.</param>
    public string Run(string name) => System.IO.Path.Combine(Path, "runs", name);

    /// <summary>The files of trained tensors of a run, by name, as hashes.</summary>
    /// <param name="run">The run's folder.</param>
    public static Dictionary<string, string> Weights(string run)
    {
        string checkpoints = System.IO.Path.Combine(run, "checkpoints");
        Dictionary<string, string> files = Directory.EnumerateFiles(run, "*.safetensors", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(checkpoints, StringComparison.Ordinal))
            .ToDictionary(file => System.IO.Path.GetRelativePath(run, file),
                file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));
        files.Should().NotBeEmpty();
        return files;
    }

    /// <summary>Whether a run has left trained tensors.</summary>
    /// <param name="run">The run's folder, which may be missing.</param>
    public static bool HasWeights(string run) =>
        Directory.Exists(run) && Directory.EnumerateFiles(run, "*.safetensors", SearchOption.AllDirectories).Any();

    /// <summary>Deletes the folder.</summary>
    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Why a cell's device cannot be used on this machine; null: it can.</summary>
    internal string? Unavailable(Cell cell)
    {
        ComponentInfo device = cell.Combination.Device;
        if (!_unavailable.TryGetValue(device.Name, out string? reason))
        {
            using var host = new TenonHost(new TenonOptions { PluginsFile = MatrixProgram.PluginsFile }, NullLoggerFactory.Instance);
            Availability availability = new DeviceOpener(host.Components).Check(device.Name);
            _unavailable[device.Name] = reason = availability.IsAvailable ? null : availability.Reason;
        }

        return reason;
    }

    /// <summary>The folder of a model that was pre-trained for a cell's architecture on its kind of example.</summary>
    internal string Trained(Cell cell)
    {
        string name = $"{cell.Combination.Architecture.Name}-{CombinationChecker.Short(cell.Kind)}-base";
        if (_trained.TryGetValue(name, out string? folder))
            return folder;
        using var host = new TenonHost(new TenonOptions { PluginsFile = MatrixProgram.PluginsFile }, NullLoggerFactory.Instance);
        ComponentInfo pretrain = host.Catalogue.Find(ComponentKind.Strategy, "pretrain")!;
        Combination combination = cell.Combination with { Strategy = pretrain, Missing = null };
        Cell basis = new(combination, cell.HasData ? cell.Kind : Cell.KindsOf(combination).First());
        ProgramResult run = MatrixProgram.Run("run", basis.Recipe(Path, name, trained: null));
        run.ExitCode.Should().Be(0, run.All);
        return _trained[name] = Run(name);
    }
}
