// Compiled by MSBuild (RoslynCodeTaskFactory) against netstandard2.0 when Tenon.Abstractions.targets needs it; it is not part of
// any assembly.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Writes a patched copy of each file of TorchSharp to the path in its Destination metadata.</summary>
public class PatchTorchSharp : Task
{
    [Required]
    public ITaskItem[] Files { get; set; }

    public override bool Execute()
    {
        foreach (ITaskItem file in Files)
        {
            string source = file.GetMetadata("FullPath");
            try
            {
                byte[] bytes = File.ReadAllBytes(source);
                if (source.EndsWith(".so", StringComparison.OrdinalIgnoreCase)) WeakenVersionNeed(bytes, "GLIBCXX_3.4.32");
                else DisableOptimizations(bytes);
                Place(bytes, file.GetMetadata("Destination"));
            }
            catch (Exception failure) when (failure is IOException || failure is UnauthorizedAccessException
                || failure is InvalidDataException || failure is ArgumentException || failure is IndexOutOfRangeException)
            {
                Log.LogError(
                    "Tenon could not create its patched copy of '{0}': {1} Tenon supports the layout of TorchSharp 0.107 only: use that " +
                    "version, or set TenonPatchesTorchSharp to false in the project and accept the defects that " +
                    "Tenon.Abstractions.targets describes.",
                    source, failure.Message);
            }
        }
        return !Log.HasLoggedErrors;
    }

    /// <summary>
    /// Projects build in parallel and need the same file: the first to move its copy wins, and no project sees a partial file.
    /// </summary>
    private static void Place(byte[] bytes, string destination)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(destination));
        string temporary = destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, bytes);
        try { File.Move(temporary, destination); }
        catch (IOException) when (File.Exists(destination)) { File.Delete(temporary); }
    }

    /// <summary>
    /// Marks the need of one symbol version as weak (ELF gABI with GNU symbol versioning, LSB 10.7: section SHT_GNU_verneed,
    /// Elfxx_Vernaux.vna_flags), so that the dynamic linker does not refuse the file if libstdc++ lacks that version.
    /// </summary>
    private static void WeakenVersionNeed(byte[] file, string version)
    {
        const uint GnuVersionNeeds = 0x6ffffffe;
        const byte Weak = 2;
        int sections = (int)BitConverter.ToInt64(file, 0x28), sectionSize = U16(file, 0x3A), count = U16(file, 0x3C);
        for (int i = 0; i < count; i++)
        {
            int section = sections + i * sectionSize;
            if ((uint)I32(file, section + 4) != GnuVersionNeeds) continue;
            int linked = sections + I32(file, section + 40) * sectionSize;
            int strings = (int)BitConverter.ToInt64(file, linked + 24);
            for (int need = (int)BitConverter.ToInt64(file, section + 24), next = -1; next != 0; need += next)
            {
                int entry = need + I32(file, need + 8);
                for (int left = U16(file, need + 2); left > 0; left--, entry += I32(file, entry + 12))
                {
                    int start = strings + I32(file, entry + 8), end = Array.IndexOf(file, (byte)0, start);
                    if (Encoding.ASCII.GetString(file, start, end - start) == version) file[entry + 4] |= Weak;
                }
                next = I32(file, need + 12);
            }
        }
    }

    /// <summary>
    /// Makes the assembly's DebuggableAttribute say Default | IgnoreSymbolStoreSequencePoints | DisableOptimizations.
    /// The compiler shares its value blob (an int32 of 2) with UnmanagedFunctionPointer(CallingConvention.Cdecl), so the blob must
    /// not be edited. The attribute's row is pointed at a new blob instead; its nine bytes replace the end of
    /// AssemblyMetadata("RepositoryUrl", ...), which is never read and stays well-formed (ECMA-335 II.22.10, II.23.3, II.24.2).
    /// </summary>
    private static void DisableOptimizations(byte[] file)
    {
        byte[] release = { 8, 1, 0, 2, 0, 0, 0, 0, 0 }, debuggable = { 8, 1, 0, 3, 1, 0, 0, 0, 0 };
        byte[] repository = new byte[] { 1, 0, 13 }.Concat(Encoding.ASCII.GetBytes("RepositoryUrl")).ToArray();

        int root = Single(file, 0, file.Length, Encoding.ASCII.GetBytes("BSJB"), "the metadata root");
        int tables = 0, blobs = 0, tablesLength = 0, blobsLength = 0;
        int header = root + 16 + I32(file, root + 12);
        for (int streams = U16(file, header + 2), at = header + 4; streams > 0; streams--)
        {
            int end = Array.IndexOf(file, (byte)0, at + 8);
            string name = Encoding.ASCII.GetString(file, at + 8, end - at - 8);
            if (name == "#~") { tables = root + I32(file, at); tablesLength = I32(file, at + 4); }
            if (name == "#Blob") { blobs = root + I32(file, at); blobsLength = I32(file, at + 4); }
            at += 8 + ((name.Length + 4) & ~3);
        }

        int shared = Single(file, blobs, blobsLength, release, "the value of a release build's DebuggableAttribute") - blobs;
        int url = Single(file, blobs, blobsLength, repository, "AssemblyMetadata(\"RepositoryUrl\", ...)") + repository.Length;
        if (file[url] < debuggable.Length || file[url] > 127)
            throw new InvalidDataException("The repository's URL leaves no room for a new attribute value.");
        int fresh = url + 1 + file[url] - debuggable.Length;

        // A row of the CustomAttribute table: parent (coded: assembly 1), constructor (coded), value (blob offset).
        var rows = new int[64];
        ulong present = BitConverter.ToUInt64(file, tables + 8);
        for (int table = 0, at = tables + 24; table < 64; table++)
            if ((present >> table & 1) != 0) { rows[table] = I32(file, at); at += 4; }
        int[] parents = { 0, 1, 2, 4, 6, 8, 9, 10, 14, 17, 20, 23, 26, 27, 32, 35, 38, 39, 40, 42, 43, 44 };
        int parentWidth = parents.Max(t => rows[t]) < 1 << 11 ? 2 : 4;
        int constructorWidth = Math.Max(rows[6], rows[10]) < 1 << 13 ? 2 : 4;
        int valueWidth = (file[tables + 6] & 4) == 0 ? 2 : 4;
        const int Assembly = 1 << 5 | 14;

        var found = new List<int>();
        for (int row = tables; row + parentWidth + constructorWidth + valueWidth <= tables + tablesLength; row++)
        {
            int value = row + parentWidth + constructorWidth;
            if (Index(file, row, parentWidth) == Assembly && Index(file, value, valueWidth) == shared) found.Add(value);
        }
        if (found.Count != 1)
            throw new InvalidDataException("Expected one DebuggableAttribute row for the assembly, found " + found.Count + ".");
        Array.Copy(debuggable, 0, file, fresh, debuggable.Length);
        Array.Copy(BitConverter.GetBytes(fresh - blobs), 0, file, found[0], valueWidth);
    }

    private static int Single(byte[] file, int start, int length, byte[] pattern, string what)
    {
        int at = -1, hits = 0;
        for (int i = start; i + pattern.Length <= start + length; i++)
        {
            int k = 0;
            while (k < pattern.Length && file[i + k] == pattern[k]) k++;
            if (k == pattern.Length) { at = i; hits++; }
        }
        return hits == 1 ? at : throw new InvalidDataException("Expected " + what + " once, found it " + hits + " times.");
    }

    private static int Index(byte[] file, int at, int width) => width == 2 ? U16(file, at) : I32(file, at);

    private static int U16(byte[] file, int at) => BitConverter.ToUInt16(file, at);

    private static int I32(byte[] file, int at) => BitConverter.ToInt32(file, at);
}
