using System.Text.Json;

namespace Tenon.Packages.Tests;

/// <summary>What a project outside of the repository gets when it references the library's project instead of its package.</summary>
public sealed class ProjectReferenceTests
{
    // Without them, Debian 12 cannot load TorchSharp's native library, and the garbage collector may free tensors in use.
    [Theory]
    [InlineData("TorchSharp.dll")]
    [InlineData("runtimes/linux-x64/native/libLibTorchSharp.so")]
    public void The_patched_files_of_TorchSharp_are_copied_to_its_output(string file)
    {
        JsonElement copied = Passed().Single(item => Text(item, "TargetPath").Replace('\\', '/') == file);

        Text(copied, "FullPath").Should().Contain("torch-native");
        File.Exists(Text(copied, "FullPath")).Should().BeTrue();
        Text(copied, "CopyToOutputDirectory").Should().Be("PreserveNewest");
    }

    private static IReadOnlyList<JsonElement> Passed()
    {
        (int exitCode, string output) =
            MsBuild.Run("host/runtime/Tenon.Host.csproj", "-getTargetResult:GetCopyToOutputDirectoryItems");
        exitCode.Should().Be(0, output);
        using JsonDocument document = JsonDocument.Parse(output);
        return [.. document.RootElement.GetProperty("TargetResults").GetProperty("GetCopyToOutputDirectoryItems").GetProperty("Items")
            .EnumerateArray()
            .Select(item => item.Clone())];
    }

    private static string Text(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
}
