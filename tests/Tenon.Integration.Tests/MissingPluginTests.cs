namespace Tenon.Integration.Tests;

/// <summary>What needs a plugin that is not there, or not in the version that is wanted, ends alike whichever verb asks.</summary>
[Collection(InOneProcess.Name)]
public sealed class MissingPluginTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public MissingPluginTests() => InProcess.Run(_workspace.Folder, "run", _workspace.Recipe("tiny", 3, 0)).ExitCode.Should().Be(0);

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("tenon.gpt", "eval", "runs/tiny")]
    [InlineData("tenon.gpt", "resume", "runs/tiny")]
    [InlineData("tenon.gpt", "run", "tiny.json")]
    [InlineData("tenon.gpt", "generate", "runs/tiny")]
    [InlineData("tenon.gpt", "embed", "runs/tiny", "the cat")]
    [InlineData("tenon.gpt", "merge", "runs/tiny", "--output", "merged")]
    [InlineData("tenon.tokenizers", "eval", "runs/tiny")]
    [InlineData("tenon.tokenizers", "generate", "runs/tiny")]
    [InlineData("tenon.cpu", "eval", "runs/tiny")]
    [InlineData("tenon.cpu", "generate", "runs/tiny", "--device", "cpu")]
    public void A_version_that_is_missing_is_told_with_the_same_code(string plugin, params string[] arguments)
    {
        File.WriteAllText(_workspace.At("plugins.json"), $$"""{ "shipped": true, "plugins": { "{{plugin}}": "2.*" } }""");

        ProgramResult told = InProcess.Run(_workspace.Folder, [.. arguments, "--plugins", "plugins.json"]);

        told.ExitCode.Should().Be(2, told.All);
        told.Errors.Should().MatchRegex("no plugin|Unknown device").And.Contain("'tenon plugins' reports").And.NotContain("   at ");
    }
}
