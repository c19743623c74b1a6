using System.IO.Compression;

namespace Tenon.Packages.Tests;

/// <summary>Packing compares the contract with the released one, and refuses what breaks plugins.</summary>
public sealed class ContractCompatibilityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-contract-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_contract_breaks_nothing_that_was_released()
    {
        (int exitCode, string output) = Pack(Baseline);

        exitCode.Should().Be(0, output);
    }

    [Fact]
    public void A_contract_without_a_released_member_is_refused()
    {
        string baseline = Path.Combine(_folder, "baseline.nupkg");
        File.Copy(Baseline, baseline);
        Rename(baseline, "OfUser", "OfUseR");

        (int exitCode, string output) = Pack(baseline);

        exitCode.Should().NotBe(0);
        output.Should().Contain("CP0002").And.Contain("OfUseR");
    }

    private static string Baseline =>
        Directory.EnumerateFiles(Path.Combine(Workbench.Root, "abstractions", "baseline"), "Tenon.Abstractions.*.nupkg").Single();

    // Names are plain text in an assembly, so a renamed member of the same length takes no compiler.
    private static void Rename(string package, string from, string to)
    {
        using ZipArchive zip = ZipFile.Open(package, ZipArchiveMode.Update);
        using Stream stream = zip.GetEntry("lib/net10.0/Tenon.Abstractions.dll")!.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        byte[] assembly = memory.ToArray();
        int at = assembly.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes($"{from}\0"));
        at.Should().BePositive();
        System.Text.Encoding.UTF8.GetBytes(to, assembly.AsSpan(at));
        stream.Position = 0;
        stream.Write(assembly);
    }

    private (int ExitCode, string Output) Pack(string baseline) => MsBuild.Run(
        "abstractions/Tenon.Abstractions.csproj", "-t:Pack", "-v:q", "-p:NoBuild=true",
        $"-p:PackageOutputPath={_folder}", $"-p:PackageValidationBaselinePath={baseline}");
}
