namespace Tenon;

/// <summary>
/// Git LFS keeps large files elsewhere. A clone without it has small text files in their places, which name what is missing.
/// </summary>
public static class GitLfsPointer
{
    /// <summary>What such a file is and how to fetch the real one, as the end of a sentence that names the file.</summary>
    public const string Advice = "is a pointer of Git LFS, not the file itself. Run 'git lfs pull' in its repository, or download the file again";

    private const int Longest = 1024;

    /// <summary>Whether a file's content is a pointer.</summary>
    /// <param name="content">The content, or at least its first bytes.</param>
    public static bool Is(ReadOnlySpan<byte> content) => content.StartsWith("version https://git-lfs.github.com/spec/"u8);

    /// <summary>Whether a file is a pointer.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool IsAt(string path) => new FileInfo(path) is { Exists: true, Length: <= Longest } && Is(File.ReadAllBytes(path));
}
