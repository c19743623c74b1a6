namespace Tenon;

/// <summary>Resolves links in paths, so that the same file is recognized under different names.</summary>
public static class RealPath
{
    /// <summary>Returns the full path with all links resolved; a dangling link is kept unchanged.</summary>
    /// <param name="path">A path, which need not exist.</param>
    public static string Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        string real = Path.GetPathRoot(full)!;
        foreach (string part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            FileSystemInfo entry = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (entry.LinkTarget is not null && entry.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true } target)
                real = Of(target.FullName);
        }

        return real;
    }
}
