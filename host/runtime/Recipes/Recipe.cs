using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Host.Recipes;

/// <summary>A component that a recipe names, with its options as they stand in the configuration.</summary>
/// <param name="Use">Name of the component.</param>
/// <param name="Version">Version range behind an <c>@</c>, or null.</param>
/// <param name="Options">The section; the keys <c>use</c> and <c>from</c> in it are the host's.</param>
public sealed record ComponentChoice(string Use, string? Version, IConfigurationSection Options);

/// <summary>A reward that a recipe names.</summary>
/// <param name="Component">The component.</param>
/// <param name="Weight">What its score is multiplied with before the rewards are added up.</param>
public sealed record RewardChoice(ComponentChoice Component, double Weight);

/// <summary>A recipe after all sources were laid over each other and checked: what makes up a run.</summary>
public sealed record Recipe
{
    /// <summary>Name of the run; its folder is called so.</summary>
    [Required]
    public string Name { get; init; } = "run";

    /// <summary>Seed of everything random in the run.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;

    /// <summary>Folder below which the run's folder is made; relative to the working directory.</summary>
    public string Output { get; init; } = "runs";

    /// <summary>The recipe's file, or null when it was given as an object.</summary>
    [Browsable(false)]
    public string? File { get; init; }

    /// <summary>The folder that relative paths inside the recipe start from; the recipe's own when none is named.</summary>
    public string BaseDirectory { get; init; } = "";

    /// <summary>Where to run.</summary>
    public required ComponentChoice Device { get; init; }

    /// <summary>What to learn from.</summary>
    public required ComponentChoice Data { get; init; }

    /// <summary>How text becomes tokens; null when the model needs none.</summary>
    public ComponentChoice? Tokenizer { get; init; }

    /// <summary>The architecture.</summary>
    public required ComponentChoice Model { get; init; }

    /// <summary>A model folder to start from (key <c>model:from</c>), or null to start from fresh parameters.</summary>
    [Browsable(false)]
    public string? From { get; init; }

    /// <summary>How to train.</summary>
    public required ComponentChoice Strategy { get; init; }

    /// <summary>What is good: one reward, or a list of them that are added up. For strategies and data that need one.</summary>
    public IReadOnlyList<RewardChoice>? Reward { get; init; }

    /// <summary>The training step.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Validation.</summary>
    public ValidationOptions Validation { get; init; } = new();

    /// <summary>Checkpoints.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>Generated samples.</summary>
    public SampleOptions Samples { get; init; } = new();

    /// <summary>The components that the recipe names.</summary>
    internal IEnumerable<(ComponentKind Kind, ComponentChoice Choice)> Choices
    {
        get
        {
            yield return (ComponentKind.Architecture, Model);
            yield return (ComponentKind.Strategy, Strategy);
            yield return (ComponentKind.Device, Device);
            yield return (ComponentKind.Data, Data);
            if (Tokenizer is { } tokenizer)
                yield return (ComponentKind.Tokenizer, tokenizer);
            foreach (RewardChoice reward in Reward ?? [])
                yield return (ComponentKind.Reward, reward.Component);
        }
    }
}
