using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Fuzz.Readers;

/// <summary>Recipes and pipelines. Everything that is wrong with them is a finding.</summary>
internal static class SettingsReaders
{
    private static readonly string[] _words =
    [
        "device", "data", "tokenizer", "model", "strategy", "reward", "sampler", "training", "validation", "checkpoints", "samples",
        "output", "name", "seed", "use", "from", "files", "steps", "batchSize", "learningRate", "every", "stages", "recipe",
        "stage:sft", "baseDirectory", "gpt", "bert", "pretrain", "finetune", "lora", "ppo", "text-files", "gpt@1.1", "gpt@*",
        "optimizer", "adamw", "hiddenSize", "${HOME}",
    ];

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return new Reader("recipe", InputFormat.Json, [], () => [.. Shipped(isPipeline: false), .. Workplace.Files("hostile/recipe")],
            (_, content) => Read(workplace, content))
        {
            Words = _words,
        };
        yield return new Reader("pipeline", InputFormat.Json, [],
            () => [.. Shipped(isPipeline: true), .. Workplace.Files("hostile/pipeline")],
            (_, content) => Read(workplace, content))
        {
            Words = _words,
        };
    }

    private static IEnumerable<Seed> Shipped(bool isPipeline)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "recipes");
        return Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)
            .Where(file => PipelineReader.IsPipeline(file) == isPipeline)
            .Select(file => new Seed(Path.GetFileName(file), File.ReadAllBytes(file)));
    }

    // As 'validate' does, and then as a run does when it writes the recipe into its folder.
    private static void Read(Workplace workplace, byte[] content)
    {
        string file = Workplace.Write(workplace.Folder("recipes"), "recipe.json", content);
        if (PipelineReader.IsPipeline(file))
        {
            PipelineReading pipeline = workplace.Host.ReadPipeline(file);
            _ = string.Join('\n', pipeline.Findings.Concat(pipeline.Warnings).Select(finding => finding.ToString()));
            return;
        }

        RecipeReading recipe = workplace.Host.Read(file);
        _ = string.Join('\n', recipe.Findings.Concat(recipe.Warnings).Select(finding => finding.ToString()));
        if (recipe.Recipe is { } read)
            RecipeWriter.Resolve(read, workplace.Host.Catalogue);
    }
}
