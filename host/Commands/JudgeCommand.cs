using System.CommandLine;
using Tenon.Cli.Console;
using Tenon.Host.Evaluation.Rewards;
using Tenon.Host.Plugins.Catalogue;

namespace Tenon.Cli.Commands;

/// <summary>
/// <c>tenon judge</c>: scores generated text with a reward and reports its diversity and the KL divergence from a reference
/// model.
/// </summary>
internal static class JudgeCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="session">The state that all commands share.</param>
    public static Command Create(Session session)
    {
        Argument<string> folder = CommandLine.Folder();
        var reward = new Option<string>("--reward") { Description = $"The reward{session.Names(ComponentKind.Reward)}.", Required = true };
        var prompts = new Option<string?>("--prompts")
        {
            Description = "File with one prompt per line. Default: the held-out prompts of the run's data, with their answers.",
        };
        var reference = new Option<string?>("--reference") { Description = "Folder of the reference model for the KL divergence." };
        var count = new Option<int>("--count") { Description = "Texts per prompt.", DefaultValueFactory = _ => 1 };
        var tokens = new Option<int>("--max-new-tokens", "-n")
        {
            Description = "Maximum number of tokens to generate.",
            DefaultValueFactory = _ => 32,
        };
        var temperature = new Option<double>("--temperature") { Description = "Divides the logits.", DefaultValueFactory = _ => 1 };
        var seed = new Option<long>("--seed") { Description = "Equal seeds give equal texts.", DefaultValueFactory = _ => 1 };
        var command = new Command(
            "judge", "Scores generated text with a reward and reports its diversity and the KL divergence from a reference model.")
        {
            folder, Session.Settings("Options of the reward and the device, such as --reward:score mean or --device:precision bf16."),
            reward, prompts, reference, count, tokens, temperature, seed, session.Device, session.Json,
        };
        count.Accept(value => value is >= 1 and <= 100_000, "1 … 100000");
        tokens.Accept(value => value >= 1, "1 or more");
        temperature.Accept(value => value is > 0 and <= 100, "above 0, up to 100");
        seed.Accept(value => value >= 0, "0 or more");
        prompts.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } file && (!File.Exists(file) || !ReadPrompts(file).Any()))
                result.AddError($"--prompts takes a file with one prompt per line; '{file}' " +
                    $"{(File.Exists(file) ? "is empty" : "does not exist")}.");
        });
        command.SetAction(result =>
        {
            var options = new ScoringOptions
            {
                Prompts = result.GetValue(prompts) is { } file ? [.. ReadPrompts(file)] : null,
                Count = result.GetValue(count),
                Sampling = new SamplingOptions { MaxNewTokens = result.GetValue(tokens), Temperature = result.GetValue(temperature) },
                Seed = result.GetValue(seed),
            };
            return session.Report(
                result,
                (host, progress, stop) => host.Judge(
                    result.GetValue(folder)!, result.GetValue(reward)!, result.GetValue(reference), options,
                    result.GetValue(session.Device), session.SettingsOf(result), progress, stop),
                report => report.ToJson(), report => report.Show(session.Console));
        });
        return command;
    }

    private static IEnumerable<string> ReadPrompts(string file) =>
        File.ReadLines(file).Select(line => line.TrimEnd()).Where(line => line.Length > 0);
}
