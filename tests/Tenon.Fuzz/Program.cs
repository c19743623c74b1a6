using Tenon.Fuzz;
using Tenon.Fuzz.Running;

// dotnet run --project tests/Tenon.Fuzz -c Release -- [--reader NAME…] [--count N | --total N] [--seed N] [--workers N] [--folder FOLDER]
// dotnet run --project tests/Tenon.Fuzz -c Release -- list
// dotnet run --project tests/Tenon.Fuzz -c Release -- replay FOLDER
// dotnet run --project tests/Tenon.Fuzz -c Release -- crash [--count N]
// Feeds mutated files and requests to every reader in child processes. A reader fails if it throws an exception that is not documented,
// dies, takes more than 10 seconds, or takes more than a gigabyte of memory.
return args is ["child", var position] ? Child.Run(position) : FuzzCommand.Create(Console.Out).Parse(args).Invoke();
