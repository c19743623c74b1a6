using System.Globalization;
using Tenon;
using Tenon.Benchmarks;
using Tenon.Benchmarks.Serving;
using Tenon.Benchmarks.Stages;

// dotnet run --project benchmarks/Tenon.Benchmarks -c Release -- [training] [decode] [serving] [streams] [prefix] [load] [overhead]
//   [startup] [kernels] [memory] [lora] [images] [masking] [lookup] [draft] [formats] [llama.cpp FOLDER] [llama.cpp-streams FOLDER]
//   [tokenizers FOLDER…] [plans] [parallel] [simulator] [soak] [--rounds N] [--steps N] [--threads N] [--device cpu|cuda] [--small]
//   [--busy]
// Without a section: training, decode, overhead and startup, the last two only on the CPU. Medians over rounds; in each round,
// every variant runs once, in its own process, so that a slow phase of the machine affects all variants and no setting of one
// affects another.
if (args is ["case", var name, var caseSteps, var caseThreads, var caseDevice])
{
    CaseResult result = Case.Run(name, Number(caseSteps), Number(caseThreads), caseDevice);
    Console.WriteLine(Case.Marker + result.ToJson());
    return 0;
}

if (args is ["native", var libraries, var file, var nativeThreads, var nativeTokens])
{
    LlamaCppSection.PrintNative(libraries, file, Number(nativeThreads), Number(nativeTokens));
    return 0;
}

if (args is ["own", var folder, var weights, var ownThreads, var ownTokens])
{
    LlamaCppSection.PrintOwn(folder, weights, Number(ownThreads), Number(ownTokens));
    return 0;
}

if (args is ["planned", var plannedRecipe, var plannedSteps, var plannedThreads])
{
    PlansSection.PrintPlanned(plannedRecipe, Number(plannedSteps), Number(plannedThreads));
    return 0;
}

if (args is ["trained", var trainedRecipe, var trainedSteps, var trainedThreads])
{
    PlansSection.PrintTrained(trainedRecipe, Number(trainedSteps), Number(trainedThreads));
    return 0;
}

if (args is ["stage", var shape, var division, var stageSteps, var microBatches, var stageFolder])
{
    StageProcess.Run(
        shape, division == "pipeline", Number(stageSteps), [.. microBatches.Split(',').Select(Number)], stageFolder);
    return 0;
}

if (args is ["native-streams", var streamLibraries, var streamFile, var nativeStreamThreads, var nativeCount, var nativeStreamTokens])
{
    LlamaCppStreamsSection.PrintNative(
        streamLibraries, streamFile, Number(nativeStreamThreads), Number(nativeCount), Number(nativeStreamTokens));
    return 0;
}

if (args is ["own-streams", var streamFolder, var streamThreads, var streamCount, var streamTokens])
{
    LlamaCppStreamsSection.PrintOwn(streamFolder, Number(streamThreads), Number(streamCount), Number(streamTokens));
    return 0;
}

Dictionary<string, Action<Settings>> sections = new(StringComparer.Ordinal)
{
    ["training"] = TrainingSection.Show,
    ["decode"] = DecodeSection.Show,
    ["serving"] = ServingSection.Show,
    ["streams"] = StreamsSection.Show,
    ["prefix"] = PrefixSection.Show,
    ["load"] = LoadSection.Show,
    ["overhead"] = OverheadSection.Show,
    ["startup"] = StartupSection.Show,
    ["kernels"] = KernelsSection.Show,
    ["memory"] = MemorySection.Show,
    ["lora"] = LoraSection.Show,
    ["images"] = ImagesSection.Show,
    ["masking"] = MaskingSection.Show,
    ["lookup"] = LookupSection.Show,
    ["draft"] = DraftSection.Show,
    ["formats"] = FormatsSection.Show,
    ["llama.cpp"] = LlamaCppSection.Show,
    ["llama.cpp-streams"] = LlamaCppStreamsSection.Show,
    ["plans"] = PlansSection.Show,
    ["soak"] = SoakSection.Show,
    ["parallel"] = ParallelSection.Show,
    ["simulator"] = SimulatorSection.Show,
    ["tokenizers"] = TokenizersSection.Show,
};
var settings = new Settings(Rounds: 3, Steps: null, Threads: Environment.ProcessorCount, Device: "cpu");
var chosen = new List<string>();
bool isBusyAllowed = false;
for (int i = 0; i < args.Length; i++)
{
    if (args[i] is "--rounds" or "--steps" or "--threads" && i + 1 < args.Length && int.TryParse(args[i + 1], out int number) && number > 0)
    {
        settings = args[i] switch
        {
            "--rounds" => settings with { Rounds = number },
            "--steps" => settings with { Steps = number },
            _ => settings with { Threads = number },
        };
        i++;
    }
    else if (args[i] == "--device" && i + 1 < args.Length && args[i + 1] is ("cpu" or "cuda"))
    {
        settings = settings with { Device = args[++i] };
    }
    else if (args[i] == "--small")
    {
        settings = settings with { IsSmall = true };
    }
    else if (args[i] == "--busy")
    {
        isBusyAllowed = true;
    }
    else if (chosen is [.., "tokenizers" or "llama.cpp" or "llama.cpp-streams"] && Directory.Exists(args[i]))
    {
        settings = settings with { Folders = [.. settings.Folders, args[i]] };
    }
    else if (sections.ContainsKey(args[i]))
    {
        chosen.Add(args[i]);
    }
    else
    {
        Console.Error.WriteLine(
            $"Unknown argument '{args[i]}'. Sections: {string.Join(", ", sections.Keys)}. Options: --rounds N, --steps N, --threads N, " +
            "each 1 or more; --device cpu or cuda; --small, for lora, llama.cpp, plans, streams and prefix; --busy, to measure " +
            "although other programs run. After tokenizers: folders with a tokenizer.json. After llama.cpp and llama.cpp-streams: the " +
            "folder of its native libraries.");
        return 2;
    }
}

string[] all = settings.Device == "cpu" ? ["training", "decode", "overhead", "startup"] : ["training", "decode"];
if (settings.Device != "cpu" && chosen.Except(all).FirstOrDefault() is { } wrong)
{
    Console.Error.WriteLine($"'{wrong}' can be measured only on the CPU. Available on {settings.Device}: {string.Join(", ", all)}.");
    return 2;
}

if (chosen.Find(section => section is "tokenizers" or "llama.cpp" or "llama.cpp-streams") is { } needing && settings.Folders.Count == 0)
{
    Console.Error.WriteLine(needing == "tokenizers"
        ? "'tokenizers' needs folders with a tokenizer.json after it."
        : $"'{needing}' needs the folder of llama.cpp's native libraries after it.");
    return 2;
}

if (settings.Device != "cpu")
{
    try
    {
        Case.Open(settings.Device, "fp32", settings.Threads).Dispose();
    }
    catch (DeviceException error)
    {
        Console.Error.WriteLine(error.Message);
        return 4;
    }
}

string[] run = chosen.Count > 0 ? [.. chosen] : all;
// The others count or observe, and print no ratios.
if (!isBusyAllowed && run.Except(["load", "soak", "memory", "formats"]).Any() && Conditions.Busy() is { } busy)
{
    Console.Error.WriteLine(busy);
    return 3;
}

Console.WriteLine(Conditions.Describe(settings.Threads));
foreach (string section in run)
    sections[section](settings);
return 0;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
