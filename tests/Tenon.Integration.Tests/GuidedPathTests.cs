using System.Diagnostics;

namespace Tenon.Integration.Tests;

/// <summary>The guided paths for users of the program: their files and commands, in order, with the output that they show.</summary>
[Collection(InOneProcess.Name)]
public sealed class GuidedPathTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-path-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("docs/paths/classify-csv.md", 6)]
    [InlineData("docs/paths/chat.md", 4)]
    [InlineData("docs/paths/images.md", 5)]
    public void A_reader_who_types_what_the_page_shows_gets_what_it_shows(string page, int commands) =>
        GuidedPath.Follow(page, _folder.FullName, Run).Should().BeGreaterThanOrEqualTo(commands);

    private GuidedPath.Outcome Run(string program, string[] arguments)
    {
        if (program != "tenon")
            return Start(program, arguments);
        ProgramResult result = InProcess.Run(_folder.FullName, arguments);
        return new(result.ExitCode, result.All);
    }

    private GuidedPath.Outcome Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        BuildEnvironment.Isolate(start);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output + errors.Result);
    }
}
