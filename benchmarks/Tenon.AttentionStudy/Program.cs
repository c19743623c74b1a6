using Spectre.Console;
using Tenon.AttentionStudy;

// dotnet run --project benchmarks/Tenon.AttentionStudy -c Release -- [--folder FOLDER] [--seeds 1 2 3] [--threads N] [--quick]
//   [--steps N] [--lengths 2 50 200]
// What attention is good for: recurrent, convolutional and attention models copy and reverse sequences and recall a distant token, and
// the time of a token is measured by length.
AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 140);
return StudyCommand.Create(AnsiConsole.Console).Parse(args).Invoke();
