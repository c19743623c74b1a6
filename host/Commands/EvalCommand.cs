using System.CommandLine;
using Tenon.Cli.Console;
using Tenon.Host.Evaluation;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon eval</c>: evaluates a model on data.</summary>
internal static class EvalCommand
{
    private const string Train = "train";
    private const string All = "all";

    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        var defaults = new EvaluationOptions();
        var folder = new Argument<string>("folder")
        {
            Description = "A run folder, or a model folder in Hugging Face's layout with --data:use and the data's options.",
        };
        var split = new Option<string?>("--split")
        {
            Description = "The split to evaluate on: validation, train, or all (every example, without holding any out). Default: " +
                "validation for the run's data, all for data set with --data.",
        };
        var answers = new Option<int>("--answers")
        {
            Description = "Number of replies that the model generates: to conversations, to prompts, or to the sources of an " +
                "encoder-decoder. Reports their chrF, BLEU and ROUGE against the data, and the share that the model ended itself. For a " +
                "masked language model, the number of texts in which it fills in a masked word.",
            DefaultValueFactory = _ => defaults.Answers,
        };
        var stems = new Option<bool>("--stems")
        {
            Description = "Compare the stems of words in ROUGE (Porter 1980), as is usual for English summaries.",
        };
        var classifier = new Option<string?>("--classifier")
        {
            Description = "Folder of a classifier that evaluates a denoiser's images: how many of each class it recognizes, and how far " +
                "they are from real images.",
        };
        var count = new Option<int>("--count", "-n")
        {
            Description = "Images to generate per class (in total if there are no classes), with --classifier.",
            DefaultValueFactory = _ => defaults.Count,
        };
        var steps = new Option<int?>("--steps") { Description = "Denoising steps. Default: the recipe's." };
        var guidance = new Option<double>("--guidance")
        {
            Description = "Scale of classifier-free guidance; 1 turns it off.",
            DefaultValueFactory = _ => defaults.Guidance,
        };
        var seed = new Option<long>("--seed") { Description = "Seed of the generated images.", DefaultValueFactory = _ => defaults.Seed };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Folder for evaluation.json and, for a classifier, confusion.png. By default, nothing is written.",
        };
        split.AcceptOnlyFromAmong("validation", Train, All);
        answers.Accept(value => value is >= 0 and <= 1_000_000, "0 … 1000000");
        count.Accept(value => value is >= 1 and <= 100_000, "1 … 100000");
        steps.Accept(value => value is null or >= 1, "1 or more");
        guidance.Accept(value => value is >= 0 and <= 100, "0 … 100");
        seed.Accept(value => value >= 0, "0 or more");
        var command = new Command(
            "eval", "Evaluates a run's model on the run's data, or any model on other data. The model's folder is not changed.")
        {
            folder, Session.Settings("Keys of the run's recipe, such as --data:files:0 test.csv or --device:use cpu."), split, answers,
            stems, classifier, count, steps, guidance, seed, output, session.Json,
        };
        command.SetAction(result =>
        {
            var options = new EvaluationOptions
            {
                Split = result.GetValue(split) switch { Train => Split.Train, "validation" => Split.Validation, _ => null },
                All = result.GetValue(split) == All,
                Output = result.GetValue(output),
                Answers = result.GetValue(answers),
                Stems = result.GetValue(stems),
                Classifier = result.GetValue(classifier),
                Count = result.GetValue(count),
                Steps = result.GetValue(steps),
                Guidance = result.GetValue(guidance),
                Seed = result.GetValue(seed),
            };
            return session.Report(
                result,
                (host, progress, stop) => host.Evaluate(
                    result.GetValue(folder)!, options, [.. Processes.Dividing, .. session.SettingsOf(result)], progress, stop),
                report => report.ToJson(), report => report.Show(session.Console));
        });
        return command;
    }
}
