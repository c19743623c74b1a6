// Trains a small language model, resumes the run, and uses the result:
//   dotnet run -- FOLDER
// FOLDER is a model in Hugging Face's layout, such as a copy of gpt2. Default: the folder that the run wrote.
using Tenon;
using Tenon.Host;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

string file = Path.Combine(AppContext.BaseDirectory, "recipe.json");
string output = Directory.CreateTempSubdirectory("proverbs-").FullName;
var sampling = new SamplingOptions { MaxNewTokens = 40, Temperature = 0.5 };

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // The run first writes a checkpoint.
    stop.Cancel();
};

try
{
    using var tenon = new TenonHost();
    Recipe recipe = tenon.Read(file, $"--output={output}").GetRecipe();
    RunReport report = tenon.Run(recipe, Show, stop.Token);
    report = tenon.Resume(report.Folder.Path, ["--training:steps=300"], Show, stop: stop.Token);

    using OpenedModel model = tenon.Open(report.Folder.Path);
    Continuation continuation = model.Generate(["A bird in the"], sampling)[0];
    float[][] vectors = [.. model.Embed(["Better late than never.", "Better safe than sorry."])];

    Console.WriteLine($"trained: {report.Summary.Steps} steps, validation loss {report.Summary.ValidationLoss:F2}");
    Console.WriteLine($"generated: A bird in the{continuation.Text.ReplaceLineEndings(" ")}");
    Console.WriteLine($"embedded: {vectors.Length} texts as vectors of {vectors[0].Length} numbers");

    // The plugin that supports the folder's config.json builds the model, no matter which program wrote the folder.
    using OpenedModel pretrained = tenon.Open(args is [var folder] ? folder : report.Folder.Path);
    Console.WriteLine(
        $"opened: {pretrained.Model.GetType().Name}, {pretrained.Model.Module.parameters().Sum(p => p.numel()):N0} parameters");
    return 0;
}
catch (RecipeException invalid)
{
    Console.Error.WriteLine(invalid.Message); // Every problem, with file, line, allowed values and the closest match.
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine($"Interrupted. The checkpoint is in {output}.");
    return 130;
}

// Runs on the thread that trains.
static void Show(RunEvent happened)
{
    switch (happened)
    {
        case StepCompleted { IsLogged: true } step:
            Console.WriteLine($"step {step.Step}/{step.Total}  loss {step.Loss:F2}  {step.UnitsPerSecond:N0} {step.Unit}/s");
            break;
        case Validated validated:
            Console.WriteLine($"step {validated.Step}  validation loss {validated.Loss:F2}");
            break;
    }
}
