using System.Text.RegularExpressions;

namespace Tenon.Kernels.Tests;

/// <summary>Where plugins may have unsafe code: in the kernels, and in devices and communicators, which call drivers and MPI.</summary>
public partial class UnsafeCodeTests
{
    private static readonly string[] Allowed = ["plugins/kernels/", "plugins/devices/", "plugins/communicators/"];

    [Fact]
    public void Only_kernels_devices_and_communicators_have_unsafe_code() =>
        Files("*.cs").Where(file => Keyword().IsMatch(Repository.Read(file))).Should().OnlyContain(file => IsAllowed(file))
            .And.NotBeEmpty();

    [Fact]
    public void Only_projects_of_kernels_devices_and_communicators_allow_unsafe_blocks() =>
        Files("*.csproj").Where(file => Repository.Read(file).Contains("<AllowUnsafeBlocks>true", StringComparison.Ordinal))
            .Should().OnlyContain(file => IsAllowed(file)).And.NotBeEmpty();

    private static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "plugins"), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal));

    private static bool IsAllowed(string file) => Allowed.Any(folder => file.StartsWith(folder, StringComparison.Ordinal));

    [GeneratedRegex(@"^[^/""]*\b(unsafe|fixed \()", RegexOptions.Multiline)]
    private static partial Regex Keyword();
}
