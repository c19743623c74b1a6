using Spectre.Console;
using Tenon.AttentionCost;

// dotnet run --project benchmarks/Tenon.AttentionCost -c Release -- [--folder FOLDER] [--seconds N] [--threads N] [--quick]
// What attention on images costs: multiply-adds and memory counted on the meta device, and time measured as far as it fits.
AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 140);
return CostCommand.Create(AnsiConsole.Console).Parse(args).Invoke();
