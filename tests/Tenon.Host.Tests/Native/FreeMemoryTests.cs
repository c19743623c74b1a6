using Tenon.Host.Native;

namespace Tenon.Host.Tests.Native;

public sealed class FreeMemoryTests : IDisposable
{
    private const long MiB = 1024 * 1024;
    private readonly string _root = Directory.CreateTempSubdirectory("tenon-memory-").FullName;

    public FreeMemoryTests() => Write("proc/meminfo", "MemTotal:       4096 kB\nMemFree:        1024 kB\nMemAvailable:   2048 kB\n");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Without_a_limit_it_is_the_machines() => FreeMemory.Of(_root).Should().Be(new FreeMemory(2 * MiB, IsLimited: false));

    [Fact]
    public void The_group_or_one_above_it_limits_the_second_version()
    {
        Write("proc/self/cgroup", "0::/a/b\n");
        Write("sys/fs/cgroup/a/b/memory.max", "max\n");
        Write("sys/fs/cgroup/a/memory.max", $"{3 * MiB}\n");
        Write("sys/fs/cgroup/a/memory.current", $"{2 * MiB}\n");
        Write("sys/fs/cgroup/a/memory.stat", $"anon {MiB}\ninactive_file {MiB / 2}\n");

        FreeMemory.Of(_root).Should().Be(new FreeMemory(MiB + MiB / 2, IsLimited: true));

        Write("sys/fs/cgroup/a/memory.max", $"{30 * MiB}\n");
        FreeMemory.Of(_root)!.IsLimited.Should().BeFalse();
    }

    [Theory]
    [InlineData("sys/fs/cgroup/memory/a")]
    [InlineData("sys/fs/cgroup/memory")]
    public void A_group_of_the_first_version_limits_too(string folder)
    {
        Write("proc/self/cgroup", "9:cpu,cpuacct:/\n4:memory:/a\n0::/\n");
        Write($"{folder}/memory.limit_in_bytes", $"{2 * MiB}\n");
        Write($"{folder}/memory.usage_in_bytes", $"{MiB}\n");

        FreeMemory.Of(_root).Should().Be(new FreeMemory(MiB, IsLimited: true));

        Write($"{folder}/memory.limit_in_bytes", "9223372036854771712\n");
        FreeMemory.Of(_root)!.IsLimited.Should().BeFalse();
    }

    [Fact]
    public void Unknown_where_nothing_is_reported()
    {
        Directory.Delete(Path.Combine(_root, "proc"), recursive: true);
        FreeMemory.Of(_root).Should().BeNull();
        FreeMemory.Now()!.Bytes.Should().BePositive();
    }

    private void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
