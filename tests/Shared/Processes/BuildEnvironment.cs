using System.Diagnostics;

namespace Tenon.Tests;

/// <summary>The environment of processes that build projects from inside a test run.</summary>
internal static class BuildEnvironment
{
    /// <summary>Removes the test run's MSBuild variables, which would change the build, and disables node reuse.</summary>
    /// <param name="start">The process to start; no build node outlives it.</param>
    public static void Isolate(ProcessStartInfo start)
    {
        foreach (string name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
    }
}
