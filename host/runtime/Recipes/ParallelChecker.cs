using System.Globalization;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Processes;

namespace Tenon.Host.Recipes;

/// <summary>Checks what several processes can share: their numbers, and the other sections of the recipe.</summary>
/// <param name="sources">The values and their sources.</param>
/// <param name="findings">Receives findings.</param>
/// <param name="launcher">The program that started the processes.</param>
internal sealed class ParallelChecker(RecipeSources sources, List<RecipeFinding> findings, Launcher launcher)
{
    private const string BatchSizeKey = "training:batchSize";
    private const string FrozenNormsKey = "model:frozenNorms";
    private const string OptimizerKey = "training:optimizer";
    private const string DividesLayers = "Tenon." + nameof(IDividesLayers);
    private const string DividesSequence = "Tenon." + nameof(IDividesSequence);
    private const string IsStaged = "Tenon." + nameof(IStaged);

    private readonly IConfigurationRoot _root = sources.Configuration;

    /// <summary>Checks everything that is known before the processes are connected.</summary>
    /// <param name="chosen">The recipe's components.</param>
    public void Check(RecipeComponents chosen)
    {
        string section = ComponentKind.Communicator.Section;
        string zeroKey = $"{section}:{ProcessOptions.ZeroKey}";
        var options = new ProcessOptions(Size(ProcessOptions.DataKey), Size(ProcessOptions.TensorKey),
            Size(ProcessOptions.PipelineKey), Number(zeroKey, 0) ?? 0, TimeSpan.Zero);
        if (options.Pipeline is { } stages and > 1)
            Stages(stages, chosen);
        string chunksKey = $"{section}:{ProcessOptions.ChunksKey}";
        if (Size(ProcessOptions.ChunksKey) is { } chunks and > 1 && (options.Pipeline ?? 1) == 1)
            Add(chunksKey, chunks, "1", $"is {chunks}, but {section}:{ProcessOptions.PipelineKey} is 1, and chunks belong to the " +
                "stages of a pipeline; allowed: 1. Leave it out, or set both.");

        if (bool.TryParse(_root[$"{section}:{ProcessOptions.SequenceKey}"], out bool isDivided) && isDivided)
            DividedSequence(options.Tensor ?? 1, chosen);
        if (options.Zero > 2)
            Add(zeroKey, options.Zero, "0, 1, 2", $"is {options.Zero}, but ZeRO-{options.Zero}, which also divides parameters, is not " +
                "supported; allowed: 0, 1, 2.");
        string optimizer = _root[OptimizerKey] ?? "";
        if (options.Zero is 1 or 2 && string.Equals(optimizer, nameof(OptimizerName.Adafactor), StringComparison.OrdinalIgnoreCase))
            Add(zeroKey, options.Zero, "0", $"is {options.Zero}, but the state of the optimizer 'adafactor' belongs to whole " +
                "matrices, and is small; allowed: 0. Set it to 0, or choose another optimizer.");

        int processes = launcher.Size > 1 ? launcher.Size : (options.Data ?? 1) * (options.Tensor ?? 1) * (options.Pipeline ?? 1);
        if (processes == 1)
            return;
        if (ParallelLayout.Of(options, processes, out (string Key, int Found, string Message)? error) is not { } layout)
        {
            Add($"{section}:{error!.Value.Key}", error.Value.Found, null, error.Value.Message);
            return;
        }

        OwnBatches(processes, chosen);
        if (layout.Data > 1)
            DividedBatches(layout.Data, chosen);
        if (layout.Tensor > 1)
            DividedLayers(layout.Tensor, optimizer, chosen);
    }

    private void OwnBatches(int processes, RecipeComponents chosen)
    {
        if (chosen.Of(ComponentKind.Strategy) is { RunsInParallel: false } strategy)
            Add("strategy:use", strategy.Name, chosen.Names(ComponentKind.Strategy, other => other.RunsInParallel),
                $"is '{strategy.Name}', which cannot divide its batches among {processes} processes. Start one process, or use one of " +
                $"{chosen.Names(ComponentKind.Strategy, other => other.RunsInParallel)}.");
    }

    private void DividedLayers(int ranks, string optimizer, RecipeComponents chosen)
    {
        string key = $"{ComponentKind.Communicator.Section}:{ProcessOptions.TensorKey}";
        if (chosen.Of(ComponentKind.Architecture) is { } architecture && !architecture.Capabilities.Contains(DividesLayers))
            Add(key, ranks, "1", $"is {ranks}, but the layers of the {architecture} cannot be divided; allowed: 1. Leave it out, or use " +
                $"one of {chosen.Names(ComponentKind.Architecture, other => other.Capabilities.Contains(DividesLayers))}.");
        ComponentInfo? strategy = chosen.Of(ComponentKind.Strategy);
        if (strategy is { DividesAdapter: false } && strategy.AddsAdapter(_root.GetSection(ComponentKind.Strategy.Section)))
            Add(key, ranks, "1", $"is {ranks}, but the strategy '{strategy.Name}' trains an adapter, which cannot be divided; allowed: " +
                "1.");
        if (strategy is { RunsInParallel: true } && strategy.Requires.Contains(ComponentKind.Reward))
            Add(key, ranks, "1", $"is {ranks}, but the strategy '{strategy.Name}' generates its batches, which models with divided " +
                "layers cannot; allowed: 1.");
        string[] divisible = [.. new[] { OptimizerName.Adamw, OptimizerName.Sgd, OptimizerName.Lion }
            .Select(name => name.ToString().ToLowerInvariant())];
        if (optimizer.Length > 0 && !divisible.Contains(optimizer, StringComparer.OrdinalIgnoreCase))
            Add(OptimizerKey, optimizer, string.Join(", ", divisible), $"is '{optimizer}', whose state belongs to whole matrices, but " +
                $"{ranks} processes divide them ({key}); allowed: {string.Join(", ", divisible)}.");
    }

    private void DividedSequence(int ranks, RecipeComponents chosen)
    {
        const string Yes = "true", No = "false";
        string key = $"{ComponentKind.Communicator.Section}:{ProcessOptions.SequenceKey}";
        if (ranks == 1)
            Add(key, Yes, No, $"is true, but {ComponentKind.Communicator.Section}:{ProcessOptions.TensorKey} is 1, and only processes " +
                "that divide the layers divide the sequence; allowed: false. Leave it out, or set both.");
        if (chosen.Of(ComponentKind.Architecture) is { } architecture && !architecture.Capabilities.Contains(DividesSequence))
            Add(key, Yes, No, $"is true, but the {architecture} cannot divide the sequence; allowed: false. Leave it out, or use one of " +
                $"{chosen.Names(ComponentKind.Architecture, other => other.Capabilities.Contains(DividesSequence))}.");
    }

    private void Stages(int stages, RecipeComponents chosen)
    {
        string key = $"{ComponentKind.Communicator.Section}:{ProcessOptions.PipelineKey}";
        if (chosen.Of(ComponentKind.Architecture) is { } architecture && !architecture.Capabilities.Contains(IsStaged))
            Add(key, stages, "1", $"is {stages}, but the {architecture} has no sequence of layers that can be divided; allowed: 1. Leave " +
                $"it out, or use one of {chosen.Names(ComponentKind.Architecture, other => other.Capabilities.Contains(IsStaged))}.");
        if (chosen.Of(ComponentKind.Strategy) is { RunsInStages: false } strategy)
            Add(key, stages, "1", $"is {stages}, but the {strategy} does not train in stages; allowed: 1. Leave it out, or use one of " +
                $"{chosen.Names(ComponentKind.Strategy, other => other.RunsInStages)}.");
    }

    private void DividedBatches(int ranks, RecipeComponents chosen)
    {
        if (Number(BatchSizeKey, new TrainingOptions().BatchSize) is { } rows and > 0 && rows % ranks != 0)
        {
            string fitting = ParallelLayout.Divisors(rows);
            Add(BatchSizeKey, rows, null, $"is {rows}, which {ranks} processes cannot divide equally. Use a multiple of {ranks}, or one " +
                $"of these numbers of processes: {fitting}.");
        }

        if (chosen.Of(ComponentKind.Strategy) is { } used && RecipeMinibatches.Of(_root, used) is { } minibatches
            && minibatches.Rows % ranks == 0 && minibatches.Size % ranks != 0)
        {
            string key = minibatches.Option is null ? "training:accumulate" : minibatches.Key;
            int value = minibatches.Option ?? minibatches.Accumulate;
            Add(key, value, null, $"is {value}, which makes minibatches of {minibatches.Size} rows that {ranks} processes cannot divide " +
                $"equally. Choose it so that a minibatch has a multiple of {ranks} rows.");
        }

        bool isFrozen = bool.TryParse(_root[FrozenNormsKey], out bool frozen) && frozen;
        if (!isFrozen && chosen.Of(ComponentKind.Architecture) is { } architecture
            && architecture.Capabilities.Contains("Tenon." + nameof(IHasBatchStatistics)))
        {
            Add(FrozenNormsKey, _root[FrozenNormsKey], "true", $"must be true for {ranks} processes: models of the {architecture} " +
                "normalize each batch with its own statistics, and each process would see only the statistics of its rows. Set it to " +
                "true, or start one process.");
        }
    }

    private int? Size(string name) => Number($"{ComponentKind.Communicator.Section}:{name}", null) is { } size and > 0 ? size : null;

    // What is not an integer is reported where the value itself is checked.
    private int? Number(string key, int? otherwise) => _root[key] is not { Length: > 0 } text ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;

    private void Add(string key, int found, string? allowed, string message) =>
        Add(key, found.ToString(CultureInfo.InvariantCulture), allowed, message);

    private void Add(string key, string? found, string? allowed, string message) =>
        findings.Add(sources.Finding(key, key, found, allowed, null, message));
}
