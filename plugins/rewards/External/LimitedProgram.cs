using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Tenon.Rewards.External;

/// <summary>The result of a program.</summary>
/// <param name="Output">The start of its standard output.</param>
/// <param name="Errors">The start of its standard error.</param>
/// <param name="Failure">Why it failed, as a phrase that follows "it"; null if it ended with exit code 0 within its limits.</param>
internal sealed record ProgramResult(string Output, string Errors, string? Failure);

/// <summary>Runs a program without a shell, with limits on time, memory and output.</summary>
/// <param name="path">Full path of the executable.</param>
/// <param name="options">Arguments and limits.</param>
internal sealed class LimitedProgram(string path, ExternalOptions options)
{
    private const int DataLimit = 2; // RLIMIT_DATA
    private const int NoSuchProcess = 3; // ESRCH
    private const int MaxOutput = 64 * 1024; // characters

    /// <summary>Full path of the executable.</summary>
    public string Path { get; } = path;

    /// <summary>Runs the program once.</summary>
    /// <param name="input">A line for its standard input.</param>
    /// <exception cref="ModelException">It cannot be started.</exception>
    public async Task<ProgramResult> Run(string input)
    {
        using Process process = Start();
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeLimit));
        try
        {
            // Set before the program reads any input, so it never processes model output without the limit.
            LimitMemory(process.Id);
            // The time limit covers reading too, because a child process may keep the pipes open after the program has exited.
            Task<string> output = Read(process.StandardOutput), errors = Read(process.StandardError);
            await Write(process.StandardInput, input).WaitAsync(time.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(time.Token).ConfigureAwait(false);
            string[] written = await Task.WhenAll(output, errors).WaitAsync(time.Token).ConfigureAwait(false);
            return new ProgramResult(written[0], written[1], process.ExitCode == 0
                ? null
                : $"ended with exit code {process.ExitCode} (memory is limited to {options.MemoryLimit} MB, 'memoryLimit')");
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested)
        {
            return new ProgramResult("", "", string.Create(
                CultureInfo.InvariantCulture, $"ran longer than {options.TimeLimit} s ('timeLimit')"));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Path)
        {
            UseShellExecute = false,
            WorkingDirectory = System.IO.Path.GetDirectoryName(Path)!,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string argument in options.Arguments)
            start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("A process was expected, since no shell is used.");
        }
        catch (Win32Exception refused)
        {
            throw new ModelException(
                $"The program '{Path}' cannot be started: {refused.Message}. It must be executable; a script needs a first line such as " +
                "'#!/usr/bin/env python3'.", refused);
        }
    }

    private void LimitMemory(int process)
    {
        var bytes = (ulong)options.MemoryLimit << 20;
        var limit = new Limit(bytes, bytes);
        // A program that has already ended does not need a limit.
        if (SetLimit(process, DataLimit, in limit, IntPtr.Zero) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess)
            throw new ModelException($"The memory of the program '{Path}' cannot be limited: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    private static async Task Write(StreamWriter writer, string input)
    {
        try
        {
            await using (writer.ConfigureAwait(false))
                await writer.WriteLineAsync(input).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The program may exit without reading its input.
        }
    }

    // Reads to the end, because a full pipe would block the program, but keeps only the start.
    private static async Task<string> Read(StreamReader reader)
    {
        var kept = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer.AsMemory()).ConfigureAwait(false)) > 0)
            kept.Append(buffer, 0, Math.Min(count, MaxOutput - kept.Length));
        return kept.ToString();
    }

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    private static extern int SetLimit(int process, int resource, in Limit limit, IntPtr previous);

    // struct rlimit
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Current, ulong Maximum);
}
