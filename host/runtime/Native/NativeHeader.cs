using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tenon.Host.Native;

/// <summary>
/// Checks in a library's header whether this process can load the library, because the system's error messages are not helpful.
/// </summary>
internal static class NativeHeader
{
    /// <summary><see cref="NativeState.Loaded"/> means that nothing prevents loading.</summary>
    public static (NativeState State, string? Reason) Check(string path)
    {
        byte[] head = new byte[4096];
        using FileStream file = File.OpenRead(path);
        ReadOnlySpan<byte> bytes = head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        string expected = OperatingSystem.IsWindows() ? "PE" : OperatingSystem.IsMacOS() ? "Mach-O" : "ELF";
        (string format, Architecture? built) = Read(bytes);
        if (format != expected) return (NativeState.NotALibrary, $"the file of {file.Length} bytes is {format}, not {expected}");
        if (format == "ELF" && SectionsEnd(bytes) is var end && end > file.Length)
            return (NativeState.NotALibrary, $"the file has {file.Length} bytes of {end}");
        return built is null || built == RuntimeInformation.ProcessArchitecture
            ? (NativeState.Loaded, null)
            : (NativeState.WrongArchitecture, $"the file is for {built}, but this process is {RuntimeInformation.ProcessArchitecture}");
    }

    // The section headers are at the end of a library. A truncated library can be loaded, but the process crashes when it accesses
    // a missing page.
    private static long SectionsEnd(ReadOnlySpan<byte> head) =>
        BinaryPrimitives.ReadInt64LittleEndian(head[0x28..]) +
        BinaryPrimitives.ReadUInt16LittleEndian(head[0x3A..]) * BinaryPrimitives.ReadUInt16LittleEndian(head[0x3C..]);

    // Null for an unknown processor and for universal Mach-O files, which the system decides about.
    private static (string Format, Architecture? Built) Read(ReadOnlySpan<byte> head)
    {
        if (head.Length < 64) return ("too short for a library", null);
        if (head.StartsWith("\u007fELF"u8))
        {
            ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(head[18..]);
            return ("ELF", machine switch { 62 => Architecture.X64, 183 => Architecture.Arm64, 3 => Architecture.X86, _ => null });
        }
        if (head.StartsWith("MZ"u8))
        {
            int header = BinaryPrimitives.ReadInt32LittleEndian(head[0x3C..]);
            if (header < 0 || header > head.Length - 6) return ("PE", null);
            ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(head[(header + 4)..]);
            return ("PE", machine switch
            {
                0x8664 => Architecture.X64,
                0xAA64 => Architecture.Arm64,
                0x14C => Architecture.X86,
                _ => null
            });
        }
        return BinaryPrimitives.ReadUInt32LittleEndian(head) switch
        {
            0xFEEDFACF => ("Mach-O", BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) switch
            {
                0x01000007 => Architecture.X64,
                0x0100000C => Architecture.Arm64,
                _ => null,
            }),
            0xBEBAFECA => ("Mach-O", null),
            _ => (head.StartsWith("version https://git-lfs"u8) ? "a Git LFS placeholder" : "of an unknown format", null),
        };
    }
}
