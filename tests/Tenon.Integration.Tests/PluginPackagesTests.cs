using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Tenon.Integration.Tests;

/// <summary>Plugins as packages, as their authors and users type it.</summary>
public sealed class PluginPackagesTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Installed_plugins_are_recorded_in_the_users_own_file_so_that_updating_the_program_keeps_them()
    {
        string neox = Path.Combine(AppContext.BaseDirectory, "test-plugins", "tenon.neox");
        Tenon("plugins", "pack", neox, "--output", "feed");
        string recorded = _workspace.At("home", ".tenon", "plugins.json");

        ProgramResult failed = AtHome("plugins", "install", "no.such.plugin", "--source", "feed");
        failed.ExitCode.Should().Be(3);
        File.Exists(recorded).Should().BeFalse();
        ProgramResult installed = AtHome("plugins", "install", "tenon.neox", "--source", "feed");
        installed.ExitCode.Should().Be(0, installed.All);

        installed.Output.Should().Contain($"It is recorded in '{recorded}'.");
        File.ReadAllText(recorded).Should().Contain("\"tenon.neox\": \"1.*\"").And.Contain("\"shipped\": true");
        AtHome("list", "neox").ExitCode.Should().Be(0);
        AtHome("list", "gpt").ExitCode.Should().Be(0);
        AtHome("plugins", "remove", "tenon.neox").ExitCode.Should().Be(0);
        AtHome("list", "neox").ExitCode.Should().Be(2);
    }

    private ProgramResult AtHome(params string[] arguments)
    {
        Directory.CreateDirectory(_workspace.At("home"));
        return TenonProgram.RunWith(
            Path.Combine(AppContext.BaseDirectory, "tenon.dll"), _workspace.Folder,
            new Dictionary<string, string> { ["HOME"] = _workspace.At("home") }, arguments);
    }

    [Fact]
    public void A_plugin_is_packed_installed_run_and_removed()
    {
        string shipped = Path.Combine(AppContext.BaseDirectory, "plugins");
        string[] used = ["tenon.cpu", "tenon.pretrain", "tenon.text", "tenon.tokenizers"];
        foreach (string file in used.SelectMany(id => Directory.EnumerateFiles(Path.Combine(shipped, id))))
        {
            string copy = _workspace.At("plugins", Path.GetRelativePath(shipped, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.WriteAllText(_workspace.At("plugins.json"), $$"""
            {
              "folders": ["plugins"],
              // without gpt
              "plugins": { {{string.Join(", ", used.Select(id => $"\"{id}\": \"1.*\""))}} }
            }
            """);
        Tenon("plugins", "pack", Path.Combine(shipped, "tenon.gpt"), "--output", "feed").Output.Should().Contain("tenon.gpt.1.0.0.nupkg");
        string recipe = _workspace.Recipe("tiny", 3, 0);
        TenonProgram.Run(_workspace.Folder, "validate", recipe, "--plugins", "plugins.json").ExitCode.Should().Be(2);

        Tenon("plugins", "install", "tenon.gpt@1.*", "--source", "feed", "--folder", "installed", "--plugins", "plugins.json");

        File.Exists(_workspace.At("installed", "tenon.gpt", "1.0.0", "Tenon.Gpt.dll")).Should().BeTrue();
        File.ReadAllText(_workspace.At("plugins.json")).Should().Contain("// without gpt").And.Contain("\"tenon.gpt\": \"1.*\"")
            .And.Contain("\"installed\"");
        TenonProgram.Run(_workspace.Folder, "run", recipe, "--locked", "--plugins", "plugins.json").Errors.Should()
            .Contain("'tenon.pretrain' 1.0.0 is not in the lock");
        Tenon("plugins", "lock", "--plugins", "plugins.json");
        Tenon("run", recipe, "--locked", "--plugins", "plugins.json").Output.Should().Contain("artifact");

        File.AppendAllText(_workspace.At("installed", "tenon.gpt", "1.0.0", "Tenon.Layers.dll"), " ");
        ProgramResult changed = TenonProgram.Run(_workspace.Folder, "run", recipe, "--plugins", "plugins.json");
        changed.ExitCode.Should().Be(3);
        changed.Errors.Should().Contain("'Tenon.Layers.dll' has SHA-256").And.Contain("but is locked with");

        string assembly = _workspace.At("installed", "tenon.gpt", "1.0.0", "Tenon.Gpt.dll");
        byte[] bytes = File.ReadAllBytes(assembly);
        bytes[bytes.AsSpan().IndexOf("Tenon.Layers\0"u8) + "Tenon.L".Length] = (byte)'o';
        File.WriteAllBytes(assembly, bytes);
        Tenon("plugins", "--plugins", "plugins.json").Output.Should()
            .MatchRegex("'Tenon.Gpt.dll' has SHA-256 .* but is locked with .*Install the locked plugin again.*needs Tenon.Loyers");
        File.Delete(assembly);
        ProgramResult versions = TenonProgram.Run(_workspace.Folder, "plugins", "test", "installed/tenon.gpt");
        versions.ExitCode.Should().Be(3, versions.All);
        versions.Errors.Should().Contain("is not a plugin: it contains versions of one (1.0.0). Use one of them: '");
        Tenon("plugins", "install", "tenon.gpt@1.*", "--source", "feed", "--folder", "installed", "--plugins", "plugins.json");
        Tenon("plugins", "verify", "--plugins", "plugins.json").Output.Should().StartWith("The plugins match ");

        Tenon("plugins", "remove", "tenon.gpt", "--plugins", "plugins.json");
        Directory.EnumerateFileSystemEntries(_workspace.At("installed", "tenon.gpt")).Should().BeEmpty();
        TenonProgram.Run(_workspace.Folder, "plugins", "remove", "tenon.gpt", "--plugins", "plugins.json").ExitCode.Should().Be(3);
    }

    [Fact]
    public void Installations_at_the_same_time_are_all_recorded()
    {
        string[] ids = ["tenon.cpu", "tenon.pretrain", "tenon.samplers", "tenon.lora"];
        foreach (string id in ids)
            Tenon("plugins", "pack", Path.Combine(AppContext.BaseDirectory, "plugins", id), "--output", "feed");
        File.WriteAllText(_workspace.At("plugins.json"), """{ "folders": ["installed"], "plugins": {} }""");

        Process[] installing = [.. ids.Select(id => TenonProgram.Start(
            _workspace.Folder, "plugins", "install", id, "--source", "feed", "--folder", "installed", "--plugins", "plugins.json"))];
        ProgramResult[] results = Array.ConvertAll(installing, TenonProgram.Finish);

        results.Should().OnlyContain(result => result.ExitCode == 0, string.Join('\n', results.Select(result => result.All)));
        JsonNode.Parse(File.ReadAllText(_workspace.At("plugins.json")))!["plugins"]!.AsObject().Select(entry => entry.Key)
            .Should().BeEquivalentTo(ids);
        JsonNode.Parse(File.ReadAllText(_workspace.At("plugins.lock.json")))!["plugins"]!.AsObject().Select(entry => entry.Key)
            .Should().BeEquivalentTo(ids);
        Tenon("plugins", "verify", "--plugins", "plugins.json").Output.Should().StartWith("The plugins match ");
        Directory.GetDirectories(_workspace.At("installed")).Select(Path.GetFileName).Should().BeEquivalentTo(ids);
    }

    [Fact]
    public void A_shipped_plugin_passes_its_inspection()
    {
        ProgramResult verified = Tenon("plugins", "verify", Path.Combine(AppContext.BaseDirectory, "plugins", "tenon.gpt"), "--json");

        JsonNode.Parse(verified.Output)!.AsArray().Should().BeEmpty();
    }

    private ProgramResult Tenon(params string[] arguments)
    {
        ProgramResult result = TenonProgram.Run(_workspace.Folder, arguments);
        result.ExitCode.Should().Be(0, result.All);
        return result;
    }
}
