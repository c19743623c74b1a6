namespace Tenon.Integration.Tests;

/// <summary>A smaller model that proposes tokens, on the command line.</summary>
[Collection(InOneProcess.Name)]
public sealed class DraftCommandTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_draft_does_not_change_greedy_texts()
    {
        string model = Train("model", layers: 2), draft = Train("draft", layers: 1);
        string[] prompts = ["--prompt", "the ", "--prompt", "the cat sees", "-n", "20", "--temperature", "0"];

        string plain = Generate([model, .. prompts]);
        string proposed = Generate([model, .. prompts, "--draft", draft, "--draft-tokens", "3"]);
        string sampled = Generate(model, "--prompt", "the ", "-n", "20", "--draft", draft);

        proposed.Should().Be(plain);
        sampled.Should().StartWith("the ");
    }

    [Fact]
    public void Drafts_that_cannot_be_used_are_refused()
    {
        string model = Train("model", layers: 2);
        string other = Train("other", layers: 1, "--tokenizer:use=bpe", "--tokenizer:vocabularySize=300");

        Refused(4, "other' cannot be the draft: it has another tokenizer.", model, "--draft", other);
        Refused(4, "The folder 'nowhere' does not exist.", model, "--draft", "nowhere");
        Refused(2, "--draft-tokens belongs to a draft model. Add --draft", model, "--draft-tokens", "3");
        Refused(2, "--draft-tokens takes 1 … 100; found 0.", model, "--draft", model, "--draft-tokens", "0");
        Refused(2, "--beams searches for the most probable text, so --draft cannot apply.", model, "--draft", model, "--beams", "2");
    }

    private string Train(string name, int layers, params string[] overrides)
    {
        ProgramResult result = InProcess.Run(
            _workspace.Folder,
            ["run", _workspace.Recipe(name, 4, 0), $"--output={_workspace.At("runs")}", $"--model:layers={layers}", .. overrides]);
        result.ExitCode.Should().Be(0, result.All);
        return _workspace.At("runs", name);
    }

    private string Generate(params string[] arguments)
    {
        ProgramResult result = InProcess.Run(_workspace.Folder, ["generate", .. arguments]);
        result.ExitCode.Should().Be(0, result.All);
        return result.Output;
    }

    private void Refused(int code, string message, params string[] arguments)
    {
        ProgramResult result = InProcess.Run(_workspace.Folder, ["generate", "--prompt", "the ", .. arguments]);
        result.ExitCode.Should().Be(code, result.All);
        result.Errors.Should().Contain(message);
    }
}
