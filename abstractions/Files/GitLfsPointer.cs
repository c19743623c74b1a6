namespace Tenon;

/// <summary>
/// Git LFS stores large files outside the repository. A clone made without it contains small text files in their place, which
/// identify the missing content.
/// </summary>
public static class GitLfsPointer
{
    /// <summary>Describes such a file and how to fetch the real one; completes a sentence that names the file.</summary>
    public const string Advice =
        "is a Git LFS pointer, not the file itself. Run 'git lfs pull' in its repository, or download the file again";

    private const int Longest = 1024;

    /// <summary>Returns whether content is that of a Git LFS pointer.</summary>
    /// <param name="content">The content, or at least its first bytes.</param>
    public static bool Is(ReadOnlySpan<byte> content) => content.StartsWith("version https://git-lfs.github.com/spec/"u8);

    /// <summary>Returns whether a file is a Git LFS pointer.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool IsAt(string path) => new FileInfo(path) is { Exists: true, Length: <= Longest } && Is(File.ReadAllBytes(path));
}
