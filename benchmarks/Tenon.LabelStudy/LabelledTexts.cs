using System.Text.Json;
using Tenon.Host;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;

namespace Tenon.LabelStudy;

/// <summary>Labelled data as a file, so that it is prepared once for all runs.</summary>
internal static class LabelledTexts
{
    /// <summary>Writes the file unless it exists.</summary>
    /// <param name="folder">The folder of the file.</param>
    /// <param name="data">Name of the data.</param>
    /// <param name="host">Opens it.</param>
    /// <returns>The file's path.</returns>
    public static string Write(string folder, string data, TenonHost host)
    {
        string path = Path.Combine(folder, $"{data}.jsonl");
        if (File.Exists(path))
            return path;
        RecipeReading reading = RecipeReader.Read(Recipes.Labelled(data), folder, host.Catalogue);
        Recipe recipe = reading.Recipe ?? throw new RecipeException(reading.Findings);
        Chosen<IData> chosen = host.Components.Make<IData>(recipe.Data);
        using var dataset = (IDataset<LabelledTextExample>)chosen.Component.Open(
            chosen.Options, new DataContext(folder, new SeededRandom(1).Fork("data"), _ => { }));
        Durable.Write(path, partial =>
        {
            using StreamWriter lines = File.CreateText(partial);
            for (long i = 0; i < dataset.Train.Count; i++)
                lines.WriteLine(
                    JsonSerializer.Serialize(new { text = dataset.Train[i].Text, label = dataset.Facts.Labels[dataset.Train[i].Label] }));
        });
        return path;
    }
}
