using System.CommandLine;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Commands;

/// <summary><c>tenon judge</c>: what the texts of a model are worth.</summary>
internal static class JudgeCommand
{
    /// <summary>The command.</summary>
    /// <param name="session">What commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        var reward = new Option<string>("--reward") { Description = $"The reward{session.Names(ComponentKind.Reward)}.", Required = true };
        var prompts = new Option<string>("--prompts") { Description = "A file with a prompt in each line.", Required = true };
        var reference = new Option<string?>("--reference") { Description = "Folder of the model that the distance is measured to." };
        var count = new Option<int>("--count") { Description = "Texts of each prompt.", DefaultValueFactory = _ => 1 };
        var tokens = new Option<int>("--max-new-tokens", "-n") { Description = "Most tokens to write.", DefaultValueFactory = _ => 32 };
        var temperature = new Option<double>("--temperature") { Description = "Divides the logits.", DefaultValueFactory = _ => 1 };
        var seed = new Option<long>("--seed") { Description = "Equal seeds give equal texts.", DefaultValueFactory = _ => 1 };
        var command = new Command("judge", "Lets a language model continue prompts, and measures their reward, their variety and the distance from another model.")
        {
            folder, Session.Settings("Options of reward and device, such as --reward:score mean or --device:precision bf16."), reward, prompts, reference, count, tokens, temperature, seed, session.Device, session.Json,
        };
        count.Accept(value => value is >= 1 and <= 100_000, "1 … 100000");
        tokens.Accept(value => value >= 1, "1 or more");
        temperature.Accept(value => value is > 0 and <= 100, "above 0, up to 100");
        seed.Accept(value => value >= 0, "0 or more");
        prompts.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } file && (!File.Exists(file) || !ReadPrompts(file).Any()))
                result.AddError($"--prompts takes a file with a prompt in each line; '{file}' {(File.Exists(file) ? "is empty" : "does not exist")}.");
        });
        command.SetAction(result => session.Judge(result, result.GetValue(folder)!, result.GetValue(reward)!, result.GetValue(reference), new ScoringOptions
        {
            Prompts = [.. ReadPrompts(result.GetValue(prompts)!)],
            Count = result.GetValue(count),
            Sampling = new SamplingOptions { MaxNewTokens = result.GetValue(tokens), Temperature = result.GetValue(temperature) },
            Seed = result.GetValue(seed),
        }));
        return command;
    }

    private static IEnumerable<string> ReadPrompts(string file) => File.ReadLines(file).Select(line => line.TrimEnd()).Where(line => line.Length > 0);
}
