using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Devices and forms of weights as the program's users meet them.</summary>
public sealed class DeviceTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_gpu_that_cannot_be_used_is_refused_before_anything_is_built()
    {
        string recipe = _workspace.Recipe("gpu", 5, 0);
        File.WriteAllText(recipe, File.ReadAllText(recipe)
            .Replace("\"use\": \"cpu\", \"threads\": 1", "\"use\": \"cuda\", \"precision\": \"auto\"", StringComparison.Ordinal));

        ProgramResult run = TenonProgram.Run(_workspace.Folder, "run", recipe);

        run.ExitCode.Should().Be(4, run.All);
        run.Errors.Should().StartWith("The device 'cuda' cannot be used: ").And.NotContain("   at ");
        run.Output.Should().NotContain("data  ");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Fact]
    public void Doctor_says_why_a_device_cannot_be_used()
    {
        ProgramResult doctor = TenonProgram.Run(_workspace.Folder, "doctor", "--json");

        doctor.ExitCode.Should().Be(0, doctor.All);
        JsonArray devices = JsonNode.Parse(doctor.Output)!["devices"]!.AsArray();
        devices.Single(d => (string)d!["name"]! == "cpu")!["available"]!.GetValue<bool>().Should().BeTrue();
        JsonNode cuda = devices.Single(d => (string)d!["name"]! == "cuda")!;
        cuda["available"]!.GetValue<bool>().Should().BeFalse();
        ((string)cuda["reason"]!).Should().MatchRegex("driver|GPU|libtorch");
    }

    [Fact]
    public void Generates_from_a_file_of_prompts_with_weights_of_each_form()
    {
        TenonProgram.Run(_workspace.Folder, "run", _workspace.Recipe("tiny", 5, 0)).ExitCode.Should().Be(0);
        File.WriteAllText(_workspace.At("prompts.txt"), "the cat\n\nthe horse sees\n");
        foreach (string weights in new[] { "auto", "int8" })
        {
            ProgramResult made = TenonProgram.Run(
                _workspace.Folder, "generate", "runs/tiny", "--prompt", "a", "--prompts", "prompts.txt", "--weights", weights, "-n", "5",
                "--json");
            made.ExitCode.Should().Be(0, made.All);
            JsonNode.Parse(made.Output)!.AsArray().Select(text => (string)text!["prompt"]!).Should()
                .Equal("a", "the cat", "the horse sees");
        }

        TenonProgram.Run(_workspace.Folder, "generate", "runs/tiny", "--weights", "int4").ExitCode.Should().Be(2);
        TenonProgram.Run(_workspace.Folder, "generate", "runs/tiny", "--prompts", "nowhere.txt").ExitCode.Should().Be(2);
    }
}
