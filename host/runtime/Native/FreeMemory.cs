using System.Globalization;

namespace Tenon.Host.Native;

/// <summary>
/// The memory that this process can still allocate: the minimum of what is left on the machine and in its control groups.
/// </summary>
/// <param name="Bytes">Number of bytes.</param>
/// <param name="IsLimited">Whether a control group sets the limit, as in a container.</param>
internal sealed record FreeMemory(long Bytes, bool IsLimited)
{
    /// <summary>Returns the memory that is currently free; null if the system does not report it.</summary>
    public static FreeMemory? Now() => OperatingSystem.IsLinux() ? Of("/") : Total();

    /// <summary>
    /// Reads <c>MemAvailable</c> of proc(5), and the limits of the control groups (versions 1 and 2) minus their use, on Linux.
    /// </summary>
    /// <param name="root">The root of the file system.</param>
    internal static FreeMemory? Of(string root)
    {
        long? machine = Value(Path.Combine(root, "proc/meminfo"), "MemAvailable:") * 1024;
        long? limited = Groups(root).Select(Left).Min();
        if (machine is null && limited is null)
            return null;
        return limited < (machine ?? long.MaxValue)
            ? new FreeMemory(limited.Value, IsLimited: true) : new FreeMemory(machine!.Value, IsLimited: false);
    }

    // Other systems report only the total.
    private static FreeMemory Total() => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, IsLimited: false);

    // The folders of this process's group and of its ancestors. In a container, the group's path may not exist; its files are then
    // at the root.
    private static IEnumerable<Group> Groups(string root)
    {
        string file = Path.Combine(root, "proc/self/cgroup");
        if (!File.Exists(file))
            yield break;
        // hierarchy:controllers:path; version 2 has no controllers.
        foreach (string[] parts in File.ReadLines(file).Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3))
        {
            bool isFirst = parts[1].Split(',').Contains("memory");
            if (!isFirst && parts[1].Length > 0)
                continue;
            string top = Path.Combine(root, isFirst ? "sys/fs/cgroup/memory" : "sys/fs/cgroup");
            for (string path = parts[2].Trim('/'); ; path = Path.GetDirectoryName(path) ?? "")
            {
                yield return new Group(Path.Combine(top, path), isFirst);
                if (path.Length == 0)
                    break;
            }
        }
    }

    // File pages that are not in use can be reclaimed. If there is no limit, version 2 has the word max, and version 1 a huge
    // number.
    private static long? Left(Group group)
    {
        (string limit, string used, string reclaimable) = group.IsFirst
            ? ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            : ("memory.max", "memory.current", "inactive_file");
        if (Number(Path.Combine(group.Folder, limit)) is not { } most || most > long.MaxValue / 2)
            return null;
        long taken = Number(Path.Combine(group.Folder, used)) ?? 0;
        return Math.Max(0, most - taken + Math.Min(taken, Value(Path.Combine(group.Folder, "memory.stat"), reclaimable) ?? 0));
    }

    private static long? Number(string file) =>
        File.Exists(file) && long.TryParse(File.ReadAllText(file), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out long number) ? number : null;

    // The number after a key, in a file with one key per line: MemAvailable:   22998672 kB
    private static long? Value(string file, string key)
    {
        if (!File.Exists(file))
            return null;
        string[]? words = File.ReadLines(file).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(words => words.Length >= 2 && words[0] == key);
        return words is not null && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
    }

    private sealed record Group(string Folder, bool IsFirst);
}
