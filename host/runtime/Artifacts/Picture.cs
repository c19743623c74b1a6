using Tenon.Host.Native;

namespace Tenon.Host.Artifacts;

/// <summary>Pictures as files: whole or not at all.</summary>
internal static class Picture
{
    /// <summary>Draws and writes.</summary>
    /// <param name="path">The file; replaced when it exists, its folder made when missing.</param>
    /// <param name="draw">Makes the PNG.</param>
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
            throw new IOException($"{Path.GetFileName(path)} was not drawn, because SkiaSharp's native library does not load here ({cause.GetBaseException().Message}).", cause);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Durable.Write(path, partial => File.WriteAllBytes(partial, png));
    }

    /// <summary>
    /// Draws and writes, or says why not: a picture is no reason to lose a finished training run on a machine for which
    /// Skia has no natives.
    /// </summary>
    /// <param name="path">The file; replaced when it exists, its folder made when missing.</param>
    /// <param name="draw">Makes the PNG.</param>
    /// <param name="say">Told when this machine cannot draw.</param>
    public static void TryWrite(string path, Func<byte[]> draw, Action<string> say)
    {
        try
        {
            Write(path, draw);
        }
        catch (IOException cause) when (cause.InnerException is DllNotFoundException or TypeInitializationException)
        {
            say(cause.Message);
        }
    }
}
