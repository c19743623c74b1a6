using Spectre.Console;
using Tenon.LabelStudy;

// dotnet run --project benchmarks/Tenon.LabelStudy -c Release -- [texts|masked-autoencoder|architectures]
//   [--folder FOLDER] [--seeds 1 2 3] [--quick]
// How well methods learn from few labels: a measure on held-out examples by number of labels, method and seed. Each method uses the
// learning rate that was best on a different split of the examples.
return StudyCommand.Create(AnsiConsole.Console).Parse(args).Invoke();
