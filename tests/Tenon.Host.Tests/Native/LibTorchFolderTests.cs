using Tenon.Host.Native;

namespace Tenon.Host.Tests.Native;

public sealed class LibTorchFolderTests : IDisposable
{
    private readonly DirectoryInfo torch = Directory.CreateTempSubdirectory("torch-");

    public void Dispose() => torch.Delete(recursive: true);

    [Fact]
    public void A_folder_without_the_library_is_refused() =>
        LibTorchFolder.Examine(torch.FullName, "plugins.json").Objection.Should().Contain("has no").And.Contain("torch_cpu").And.Contain("plugins.json");

    [Theory]
    [InlineData("version.py", "from typing import Optional\n__version__ = '2.10.0+cu128'\ndebug = False\n", "2.10.0+cu128", true)]
    [InlineData("version.py", "__version__ = '2.6.0+cpu'\n", "2.6.0+cpu", false)]
    [InlineData("build-version", "2.10.0+cpu\n", "2.10.0+cpu", true)]
    [InlineData("build-version", "2.1.0\n", "2.1.0", false)]
    [InlineData("LICENSE", "text", null, true)]
    public void The_version_is_read_where_the_installation_has_it(string file, string content, string? version, bool fits)
    {
        string folder = torch.CreateSubdirectory("lib").FullName;
        foreach (string library in new[] { "libtorch_cpu.so", "torch_cpu.dll", "libtorch_cpu.dylib" })
            File.WriteAllText(Path.Combine(folder, library), "");
        File.WriteAllText(Path.Combine(torch.FullName, file), content);
        LibTorchFolder found = LibTorchFolder.Examine(folder, "environment variable TENON_LIBTORCH");
        found.Version.Should().Be(version);
        if (fits)
            found.Objection.Should().BeNull();
        else
            found.Objection.Should().Contain($"is libtorch {version}").And.Contain("works with 2.10.0 alone").And.Contain("TENON_LIBTORCH");
    }
}
