using Spectre.Console;
using Tenon.TaskStudy;

// dotnet run --project benchmarks/Tenon.TaskStudy -c Release -- [--folder FOLDER] [--seeds 1 2 3] [--threads N] [--quick]
// One pre-trained model with an adapter for each of five tasks, next to five small models that are trained separately: quality,
// parameters, labels and training time. Both get the same labels, and the learning rate that was best on other examples.
AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 160);
return StudyCommand.Create(AnsiConsole.Console).Parse(args).Invoke();
