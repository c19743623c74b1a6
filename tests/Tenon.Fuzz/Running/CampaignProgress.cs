using System.Text.Json;

namespace Tenon.Fuzz.Running;

/// <summary>The numbers of inputs that readers have read, in a file, so that an interrupted campaign resumes. Thread-safe.</summary>
internal sealed class CampaignProgress
{
    private readonly string _file;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _done;
    private readonly Dictionary<(string Reader, long First), long> _ahead = [];

    private CampaignProgress(string file, Dictionary<string, long> done) => (_file, _done) = (file, done);

    /// <summary>Opens the progress of a sequence of inputs; begins at 0 without a file.</summary>
    /// <param name="folder">The campaign's folder.</param>
    /// <param name="number">Number of the sequence.</param>
    public static CampaignProgress Open(string folder, ulong number)
    {
        string file = Path.Combine(folder, $"progress-{number}.json");
        return new CampaignProgress(
            file, File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(file))! : []);
    }

    /// <summary>Inputs of a reader from the first on that have been read.</summary>
    public long Done(string reader)
    {
        lock (_lock)
            return _done.GetValueOrDefault(reader);
    }

    /// <summary>Records a batch. A batch counts when all before it do.</summary>
    public void Add(string reader, long first, long count)
    {
        lock (_lock)
        {
            _ahead[(reader, first)] = count;
            while (_ahead.Remove((reader, _done.GetValueOrDefault(reader)), out long next))
                _done[reader] = _done.GetValueOrDefault(reader) + next;
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            File.WriteAllText(_file + ".partial", JsonSerializer.Serialize(_done));
            File.Move(_file + ".partial", _file, overwrite: true);
        }
    }
}
