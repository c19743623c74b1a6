using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;

namespace Tenon.Host.Recipes;

/// <summary>A recipe after all sources were merged and checked: the definition of a run.</summary>
public sealed record Recipe
{
    /// <summary>Name of the run and of its folder.</summary>
    [Required]
    public string Name { get; init; } = "run";

    /// <summary>Seed of all random numbers in the run.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;

    /// <summary>Parent of the run's folder; relative to the working directory.</summary>
    public string Output { get; init; } = "runs";

    /// <summary>The recipe's file, or null if it was read from an object.</summary>
    [Browsable(false)]
    public string? File { get; init; }

    /// <summary>Base folder of relative paths in the recipe, by default the recipe's folder.</summary>
    public string BaseDirectory { get; init; } = "";

    /// <summary>The components of the recipe by kind.</summary>
    [Browsable(false)]
    public required IReadOnlyList<ComponentChoice> Components { get; init; }

    /// <summary>A model folder to start from (key <c>model:from</c>), or null to start from newly initialized parameters.</summary>
    [Browsable(false)]
    public string? From { get; init; }

    /// <summary>The device.</summary>
    public ComponentChoice Device => Of(ComponentKind.Device).First();

    /// <summary>The data.</summary>
    public ComponentChoice Data => Of(ComponentKind.Data).First();

    /// <summary>The tokenizer; null when the recipe has none.</summary>
    public ComponentChoice? Tokenizer => Of(ComponentKind.Tokenizer).FirstOrDefault();

    /// <summary>The architecture.</summary>
    public ComponentChoice Model => Of(ComponentKind.Architecture).First();

    /// <summary>The strategy.</summary>
    public ComponentChoice Strategy => Of(ComponentKind.Strategy).First();

    /// <summary>The rewards; empty when the recipe has none.</summary>
    public IReadOnlyList<ComponentChoice> Rewards => [.. Of(ComponentKind.Reward)];

    /// <summary>The sampler of a diffusion model; null when the recipe has none.</summary>
    public ComponentChoice? Sampler => Of(ComponentKind.Sampler).FirstOrDefault();

    /// <summary>How several processes share the run; null when the recipe does not say.</summary>
    public ComponentChoice? Parallel => Of(ComponentKind.Communicator).FirstOrDefault();

    /// <summary>Options of the training step.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Options of validation.</summary>
    public ValidationOptions Validation { get; init; } = new();

    /// <summary>Options of checkpoints.</summary>
    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>Options of generated samples.</summary>
    public SampleOptions Samples { get; init; } = new();

    /// <summary>Returns the components of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public IEnumerable<ComponentChoice> Of(ComponentKind kind) => Components.Where(choice => choice.Kind == kind);
}
