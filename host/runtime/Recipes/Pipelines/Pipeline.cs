namespace Tenon.Host.Recipes.Pipelines;

/// <summary>A sequence of recipes in which later ones use the results of earlier ones.</summary>
public sealed record Pipeline
{
    /// <summary>Name of the pipeline and of its folder.</summary>
    public required string Name { get; init; }

    /// <summary>Parent of the pipeline's folder; relative to the working directory.</summary>
    public required string Output { get; init; }

    /// <summary>The pipeline's file.</summary>
    public required string File { get; init; }

    /// <summary>The stages in order; at least one.</summary>
    public required IReadOnlyList<PipelineStage> Stages { get; init; }
}

/// <summary>A stage of a pipeline: a named recipe.</summary>
public sealed class PipelineStage
{
    private readonly RecipeSources _sources;
    private readonly string _file;
    private readonly string _directory;

    internal PipelineStage(string name, RecipeSources sources, string file, string directory)
    {
        (Name, _sources, _file, _directory) = (name, sources, file, directory);
        References = [.. StageReferences.Of(sources)];
    }

    /// <summary>Name of the stage and of its folder.</summary>
    public string Name { get; }

    /// <summary>The settings that refer to folders of earlier stages.</summary>
    public IReadOnlyList<StageReference> References { get; }

    /// <summary>Returns the stage's recipe, with references to earlier stages replaced by their folders.</summary>
    /// <param name="folder">The pipeline's folder; it need not exist yet.</param>
    public Recipe In(string folder)
    {
        foreach (StageReference reference in References)
            _sources.Configuration[reference.Key] = Path.Combine(folder, reference.Stage);
        return RecipeReader.Bind(_sources, _file, _directory) with { Name = Name, Output = folder };
    }
}
