using System.Diagnostics;

namespace Tenon.Fuzz.Running;

/// <summary>A child process as its parent sees it. Started when it is needed, and again after its death. Not thread-safe.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int MostErrors = 60;
    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-fuzz-").FullName;
    private readonly List<string> _errors = [];
    private Process? _process;

    private string Position => Path.Combine(_folder, "position");

    /// <summary>Does a job, in as many processes as it takes.</summary>
    /// <param name="job">The job.</param>
    /// <param name="found">Receives indices and failures.</param>
    /// <returns>The end report, in which failures do not count as refused.</returns>
    public ChildReport Do(Job job, Action<long, Failure> found)
    {
        long refused = 0;
        for (Job rest = job; ;)
        {
            ChildReport last = Attempt(rest, found);
            refused += last.Refused;
            if (last.IsEnd)
                return last with { Refused = refused };
            // The process is gone; the next one continues after the input that ended it.
            rest = rest with { First = last.Index + 1, Count = rest.First + rest.Count - last.Index - 1 };
            if (rest.Count <= 0)
                return new ChildReport(-1, null, refused);
        }
    }

    /// <summary>Reads one input from a file.</summary>
    /// <returns>The failure, or null.</returns>
    public Failure? Read(Reader reader, Seed seed, byte[] content, TimeSpan time)
    {
        string file = Path.Combine(_folder, "input");
        File.WriteAllBytes(file, content);
        Failure? failure = null;
        Do(new Job(reader.Name, 0, 0, 1) { Seed = seed.Name, File = file, Seconds = time.TotalSeconds }, (_, each) => failure = each);
        return failure;
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        if (_process is { } process)
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    // The last report: the end of the job, or the failure with which the process ended.
    private ChildReport Attempt(Job job, Action<long, Failure> found)
    {
        Process process = _process ??= Start();
        process.StandardInput.WriteLine(job.Write());
        process.StandardInput.Flush();
        ChildReport? last = null;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            last = ChildReport.Parse(line);
            if (last.IsEnd)
                return last;
            found(last.Index, last.Failure!);
        }

        process.WaitForExit();
        int code = process.ExitCode;
        process.Dispose();
        _process = null;
        // A watchdog reports before it ends the process; other deaths have no report.
        if (last?.Failure?.Kind is FailureKind.Hang or FailureKind.Memory)
            return last;
        long index = Math.Max(job.First, Child.ReadPosition(Position));
        var death = new Failure(FailureKind.Death, $"exit code {code}", $"The process died: {string.Join('\n', _errors)}");
        found(index, death);
        return new ChildReport(index, death);
    }

    private Process Start()
    {
        File.WriteAllBytes(Position, []);
        var start = new ProcessStartInfo("dotnet", [typeof(Child).Assembly.Location, "child", Position])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
            Environment =
            {
                // Managed memory is refused at the limit, even if it would never be touched.
                ["DOTNET_GCHeapHardLimit"] = $"0x{Limits.Memory + Limits.Memory / 4:X}",
                ["DOTNET_TieredPGO"] = "0",
                ["OMP_NUM_THREADS"] = "1",
                ["XDG_CACHE_HOME"] = Path.Combine(_folder, "cache"),
            },
        };
        Process process = Process.Start(start)!;
        // The runtime prints the stack of a process that dies.
        _errors.Clear();
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                if (_errors.Count < MostErrors && line.Data is { } text)
                    _errors.Add(text);
            }
        };
        process.BeginErrorReadLine();
        return process;
    }
}
