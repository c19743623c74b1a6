using System.Diagnostics;
using Tenon.Host.Models;
using Tenon.Host.Runs;

namespace Tenon.Cli.Console;

/// <summary>Commands to try next.</summary>
internal static class NextCommand
{
    /// <summary>Returns the command for a use of a model, without the program's name.</summary>
    /// <param name="use">What the model can be used for.</param>
    /// <param name="folder">The model's folder as a word of the command line.</param>
    public static string Of(ModelUse use, string folder) => use.Task switch
    {
        ModelTask.GenerateText => use.Text is { } prompt ? $"generate {folder} --prompt {ShellWord.Quoted(prompt)}" : $"generate {folder}",
        ModelTask.Chat => $"generate {folder} --chat --prompt {ShellWord.Quoted(use.Text ?? "Hello")}",
        ModelTask.SampleImages => $"sample {folder} --film film.png",
        ModelTask.ClassifyTexts => $"classify {folder} {ShellWord.Quoted(use.Text ?? "a text")}",
        ModelTask.ClassifyImages => $"classify {folder} image.png",
        ModelTask.AnswerQuestions => $"answer {folder} {ShellWord.Quoted(use.Text ?? "a question")} --document text.txt",
        ModelTask.FillMasks => $"fill {folder} {ShellWord.Quoted($"{use.Text ?? "a text with a"} [MASK]")}",
        ModelTask.Evaluate => $"eval {folder}",
        _ => throw new UnreachableException($"There is no command for {use.Task}."),
    };
}
