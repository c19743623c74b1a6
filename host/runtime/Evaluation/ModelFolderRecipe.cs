using System.Text.Json.Nodes;
using Tenon.Host.Models;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Host.Evaluation;

/// <summary>Builds the recipe for evaluating a model folder without one: its model, and the data that the user selects.</summary>
/// <param name="components">The available components.</param>
internal sealed class ModelFolderRecipe(ComponentFactory components)
{
    /// <summary>Builds the recipe.</summary>
    /// <param name="folder">A model folder.</param>
    /// <param name="overrides">Settings as on the command line; they select the data.</param>
    /// <exception cref="ModelException">The folder is not a model folder, or no data is selected.</exception>
    /// <exception cref="RecipeException">A setting is missing or invalid; the exception contains all findings.</exception>
    public Recipe Read(string folder, IReadOnlyList<string> overrides)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        ComponentInfo architecture = new ModelFolderOpener(components).Find(full);
        if (!RecipeSettings.Read([], overrides).Values.ContainsKey("data:use"))
        {
            string data = string.Join(", ", components.Catalogue.OfKind(ComponentKind.Data).Select(component => component.Name));
            throw new ModelException(
                $"'{folder}' is not a run's folder, so select the data to evaluate the model on, such as --data:use labelled-text " +
                $"--data:files:0 test.csv. Available: {data}.");
        }

        // Any strategy that fits will do: the model is measured with its own loss.
        RecipeReading? first = null;
        foreach (ComponentInfo strategy in components.Catalogue.OfKind(ComponentKind.Strategy).Where(strategy => !strategy.NeedsReward))
        {
            RecipeReading reading = RecipeReader.Read(new JsonObject
            {
                ["name"] = Path.GetFileName(full),
                ["model"] = new JsonObject { ["use"] = architecture.Name, ["from"] = full },
                ["strategy"] = new JsonObject { ["use"] = strategy.Name },
                ["device"] = new JsonObject { ["use"] = components.Catalogue.OfKind(ComponentKind.Device).First().Name },
            }, Environment.CurrentDirectory, components.Catalogue, overrides, RecipeSettings.ProcessEnvironment());
            if (reading.Recipe is { } recipe)
                return recipe;
            if (first is null || reading.Findings.Count < first.Findings.Count)
                first = reading;
        }

        throw new RecipeException(first?.Findings ?? []);
    }
}
