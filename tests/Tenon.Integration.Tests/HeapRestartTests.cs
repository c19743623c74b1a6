using System.Text.Json.Nodes;
using Tenon.Host.Native;

namespace Tenon.Integration.Tests;

/// <summary>Commands that keep a model in memory have the settings of the heap that a program gets only when it starts.</summary>
public sealed class HeapRestartTests : IDisposable
{
    private static readonly string _program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [SkippableFact]
    public void The_program_starts_itself_again_with_the_settings()
    {
        Skip.IfNot(HeapRestart.IsUseful, "This C library finds freed blocks again.");

        Settings(new Dictionary<string, string>()).Should().Contain((HeapRestart.Settings, true)).And.Contain(("M_MMAP_MAX=0", true));
    }

    [SkippableTheory]
    [InlineData(HeapRestart.Variable, "glibc.malloc.perturb=0")]
    [InlineData("MALLOC_ARENA_MAX", "2")]
    public void Settings_that_the_user_chose_are_kept(string variable, string value)
    {
        Skip.IfNot(HeapRestart.IsUseful, "This C library finds freed blocks again.");

        Settings(new Dictionary<string, string> { [variable] = value }).Should().NotContain(setting => setting.Name == HeapRestart.Settings)
            .And.Contain(("M_MMAP_MAX=0", false));
    }

    [Fact]
    public void Arguments_arrive_unchanged()
    {
        string[] words = ["generate", "no such folder", "--prompt", "ä 'b' \"c\" 日本", "--max-new-tokens", "3"];
        ProgramResult result = TenonProgram.Run(_workspace.Folder, words);

        result.ExitCode.Should().NotBe(0, result.All);
        result.Errors.Should().Contain("'no such folder'");
    }

    private (string Name, bool IsApplied)[] Settings(IReadOnlyDictionary<string, string> environment)
    {
        ProgramResult doctor = TenonProgram.RunWith(_program, _workspace.Folder, environment, "doctor", "--json");
        doctor.ExitCode.Should().Be(0, doctor.All);
        return [.. JsonNode.Parse(doctor.Output)!["tuning"]!.AsArray()
            .Select(setting => (setting!["setting"]!.GetValue<string>(), setting["applied"]!.GetValue<bool>()))];
    }
}
