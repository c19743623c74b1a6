using System.Security.Cryptography;
using System.Text;

namespace Tenon.Fuzz.Running;

/// <summary>A folder with failing inputs: a folder for each reader, and in it files <c>SEED@HASH</c>, each with a <c>.txt</c>.</summary>
/// <param name="path">The folder; created when something is kept.</param>
internal sealed class FailureFolder(string path)
{
    private const char Separator = '@';

    /// <summary>Keeps an input.</summary>
    /// <returns>Path of its file.</returns>
    public string Keep(Reader reader, Input input, Failure failure)
    {
        string folder = Path.Combine(path, reader.Name);
        Directory.CreateDirectory(folder);
        // The name of the place keeps one file for each cause.
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{failure.Kind} {failure.Place}")))[..8];
        string file = Path.Combine(folder, $"{input.Seed.Name}{Separator}{hash}");
        File.WriteAllBytes(file, input.Content);
        File.WriteAllText(file + ".txt", $"{failure.Kind}: {failure.Place}\n{failure.Detail}\n");
        return file;
    }

    /// <summary>Returns the kept inputs of a reader with their files.</summary>
    public IEnumerable<(string File, Input Input)> Of(Reader reader)
    {
        string folder = Path.Combine(path, reader.Name);
        if (!Directory.Exists(folder))
            yield break;
        foreach (string file in Directory.EnumerateFiles(folder).Where(file => !file.EndsWith(".txt", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file).Split(Separator)[0];
            Seed seed = reader.Seeds.FirstOrDefault(each => each.Name == name)
                ?? throw new InvalidDataException($"'{file}': the reader {reader.Name} has no seed '{name}'.");
            yield return (file, new Input(seed, File.ReadAllBytes(file)));
        }
    }
}
