using Tenon.Host.Native;

namespace Tenon.Host.Tests.Native;

public sealed class LibTorchFolderTests : IDisposable
{
    private readonly DirectoryInfo torch = Directory.CreateTempSubdirectory("torch-");

    public void Dispose() => torch.Delete(recursive: true);

    [Fact]
    public void A_folder_without_the_library_is_refused() =>
        LibTorchFolder.Examine(torch.FullName, "plugins.json", own: null).Error.Should().Contain("has no").And.Contain("torch_cpu")
            .And.Contain("plugins.json");

    [Theory]
    [InlineData("version.py", "from typing import Optional\n__version__ = '2.10.0+cu128'\ndebug = False\n", "2.10.0+cu128", true)]
    [InlineData("version.py", "__version__ = '2.6.0+cpu'\n", "2.6.0+cpu", false)]
    [InlineData("build-version", "2.10.0+cpu\n", "2.10.0+cpu", true)]
    [InlineData("build-version", "2.1.0\n", "2.1.0", false)]
    [InlineData("LICENSE", "text", null, true)]
    public void The_version_is_read_where_the_installation_has_it(string file, string content, string? version, bool fits)
    {
        string folder = Folder();
        File.WriteAllText(Path.Combine(torch.FullName, file), content);
        LibTorchFolder found = LibTorchFolder.Examine(folder, "environment variable TENON_LIBTORCH", own: null);
        found.Version.Should().Be(version);
        found.Bridge.Should().BeNull();
        if (fits)
            found.Error.Should().BeNull();
        else
            found.Error.Should().Contain($"is libtorch {version}").And.Contain("works only with 2.10.0").And.Contain("TENON_LIBTORCH");
    }

    [Fact]
    public void Another_version_with_a_library_of_TorchSharp_s_built_for_it_is_taken()
    {
        string folder = Folder();
        File.WriteAllText(Path.Combine(torch.FullName, "build-version"), "2.11.0");
        string bridge = Path.Combine(folder, NativeNames.Bridge);
        File.WriteAllText(bridge, "");

        LibTorchFolder found = LibTorchFolder.Examine(folder, "plugins.json", own: null);

        found.Error.Should().BeNull();
        found.Bridge.Should().Be(bridge);
    }

    [Fact]
    public void A_program_that_has_a_libtorch_says_how_to_be_built_without() =>
        LibTorchFolder.Examine(Folder(), "plugins.json", own: "/program/native").Error.Should()
            .Contain("/program/native").And.Contain("-p:TorchBackend=folder");

    private string Folder()
    {
        string folder = torch.CreateSubdirectory("lib").FullName;
        File.WriteAllText(Path.Combine(folder, NativeNames.TorchCpu), "");
        return folder;
    }
}
