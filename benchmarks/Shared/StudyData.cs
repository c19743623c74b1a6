using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.Studies;

/// <summary>Opens data of a recipe for a study that writes it into files once for all runs.</summary>
internal static class StudyData
{
    /// <summary>Opens data. The caller disposes it.</summary>
    /// <typeparam name="TExample">Type of its examples.</typeparam>
    /// <param name="host">Provides the component.</param>
    /// <param name="section">The recipe's section.</param>
    /// <param name="folder">Base folder of relative paths.</param>
    public static IDataset<TExample> Open<TExample>(TenonHost host, string section, string folder) where TExample : Example
    {
        // Model and strategy are not used.
        JsonNode recipe = JsonNode.Parse($$"""
            {
              "device": { "use": "cpu" }, "data": {{section}}, "tokenizer": { "use": "bytes" },
              "model": { "use": "bert", "layers": 1, "hiddenSize": 32, "heads": 2 }, "strategy": { "use": "pretrain" }
            }
            """)!;
        Recipe read = RecipeReader.Read(recipe.AsObject(), folder, host.Catalogue).GetRecipe();
        Chosen<IData> chosen = host.Components.Make<IData>(read.Data);
        return (IDataset<TExample>)chosen.Component.Open(
            chosen.Options, new DataContext(folder, new SeededRandom(1).Fork("data"), _ => { }));
    }
}
