using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>Writes images atomically.</summary>
internal static class Picture
{
    /// <summary>Draws and writes an image.</summary>
    /// <param name="path">The file; replaced if it exists. Its folder is created if missing.</param>
    /// <param name="draw">Creates the PNG.</param>
    /// <exception cref="IOException">The file could not be written, or this machine cannot draw.</exception>
    public static void Write(string path, Func<byte[]> draw)
    {
        byte[] png;
        try
        {
            png = draw();
        }
        catch (Exception cause) when (cause is DllNotFoundException or TypeInitializationException)
        {
            throw new IOException($"{Path.GetFileName(path)} was not drawn, because SkiaSharp's native library cannot be loaded " +
                $"({cause.GetBaseException().Message}).", cause);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Durable.Write(path, partial => File.WriteAllBytes(partial, png));
    }

    /// <summary>
    /// Draws and writes an image, or reports why it cannot: a finished training run must not fail because of a plot, for example on a
    /// machine without Skia's native library.
    /// </summary>
    /// <param name="path">The file; replaced if it exists. Its folder is created if missing.</param>
    /// <param name="draw">Creates the PNG.</param>
    /// <param name="warn">Receives the reason when the image could not be drawn or written.</param>
    /// <returns>Whether the image was written.</returns>
    public static bool TryWrite(string path, Func<byte[]> draw, Action<string> warn)
    {
        try
        {
            Write(path, draw);
            return true;
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            warn(cause.InnerException is DllNotFoundException or TypeInitializationException
                ? cause.Message : $"{Path.GetFileName(path)} was not written: {cause.Message}");
            return false;
        }
    }
}
