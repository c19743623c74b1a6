using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>A libtorch that the environment names, with a program that has one of its own and one that has none.</summary>
public sealed class LibTorchFolderTests : IDisposable
{
    private static readonly string[] Libraries = ["c10", "torch_cpu", "torch", "gomp"];
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void A_program_that_has_a_libtorch_takes_no_other()
    {
        Directory.CreateDirectory(_workspace.At("libtorch"));
        foreach (string library in new[] { "libtorch_cpu.so", "torch_cpu.dll", "libtorch_cpu.dylib" })
            File.WriteAllText(_workspace.At("libtorch", library), "");

        ProgramResult run = TenonProgram.RunWith(
            Path.Combine(AppContext.BaseDirectory, "tenon.dll"), _workspace.Folder,
            new Dictionary<string, string> { ["TENON_LIBTORCH"] = _workspace.At("libtorch") },
            "run", _workspace.Recipe("tiny", 5, 0));

        run.ExitCode.Should().Be(4, run.All);
        run.Errors.Should().Contain("this program contains its own libtorch").And.Contain("-p:TorchBackend=folder");
        Directory.Exists(_workspace.At("runs")).Should().BeFalse();
    }

    [Fact]
    public void A_program_that_has_none_takes_the_one_of_the_folder()
    {
        if (OperatingSystem.IsWindows())
            return; // Links there need rights that a test cannot count on.
        // Without HOME and NUGET_PACKAGES the NuGet cache is not found, where a program without libtorch looks too.
        var variables = new Dictionary<string, string> { ["HOME"] = _workspace.Folder, ["NUGET_PACKAGES"] = _workspace.At("none") };
        string program = ProgramWithoutLibTorch();

        ProgramResult without = TenonProgram.RunWith(program, _workspace.Folder, variables, "run", _workspace.Recipe("tiny", 5, 0));
        without.ExitCode.Should().Be(4, without.All);
        variables["TENON_LIBTORCH"] = LibTorch();
        ProgramResult run = TenonProgram.RunWith(program, _workspace.Folder, variables, "run", _workspace.Recipe("tiny", 5, 0));

        run.ExitCode.Should().Be(0, run.All);
        run.Output.Should().Contain("step 5/5");
    }

    // A folder with the libraries that the tests themselves use.
    private string LibTorch()
    {
        string folder = Directory.CreateDirectory(_workspace.At("libtorch")).FullName;
        foreach (string file in Natives())
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)),
                File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
        return folder;
    }

    // What -p:TorchBackend=folder builds: the program but for libtorch's files, and deps.json without their packages.
    private string ProgramWithoutLibTorch()
    {
        string from = AppContext.BaseDirectory, to = Directory.CreateDirectory(_workspace.At("program")).FullName;
        string[] left = [.. Natives()];
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Except(left)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}data{Path.DirectorySeparatorChar}", StringComparison.Ordinal)))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (Path.GetFileName(file).StartsWith("tenon.", StringComparison.Ordinal))
                File.Copy(file, target); // .NET follows a link to the program, and takes its folder.
            else
                File.CreateSymbolicLink(target, file);
        }

        string dependencies = Path.Combine(to, "tenon.deps.json");
        JsonObject root = JsonNode.Parse(File.ReadAllText(dependencies))!.AsObject();
        foreach (JsonObject packages in root["targets"]!.AsObject().Select(target => target.Value!.AsObject())
            .Append(root["libraries"]!.AsObject()))
        {
            foreach (string name in packages.Select(package => package.Key)
                .Where(name => name.StartsWith("libtorch-", StringComparison.Ordinal)).ToArray())
                packages.Remove(name);
        }

        foreach (JsonObject package in root["targets"]!.AsObject().SelectMany(target => target.Value!.AsObject())
            .Select(package => package.Value!.AsObject()))
        {
            foreach (string name in (package["dependencies"] as JsonObject ?? []).Select(dependency => dependency.Key)
                .Where(name => name.StartsWith("libtorch-", StringComparison.Ordinal)).ToArray())
                package["dependencies"]!.AsObject().Remove(name);
        }

        File.WriteAllText(dependencies, root.ToJsonString());
        return Path.Combine(to, "tenon.dll");
    }

    private static IEnumerable<string> Natives() => Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories)
        .Where(file => Libraries.Any(library => Path.GetFileNameWithoutExtension(file).Split('.', '-')[0] is var name
            && (name == library || name == $"lib{library}")));
}
