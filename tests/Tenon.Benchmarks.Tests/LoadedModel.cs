using Tenon.Benchmarks.Serving;

namespace Tenon.Benchmarks.Tests;

/// <summary>A tiny model, and its answers to requests that a server answers one at a time.</summary>
public sealed class LoadedModel : IAsyncLifetime
{
    /// <summary>Number of requests.</summary>
    public const int Requests = 200;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-load-");

    /// <summary>Folder of the model.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>The answers.</summary>
    internal LoadResult Alone { get; private set; } = null!;

    /// <summary>Trains the model and asks the requests.</summary>
    public async Task InitializeAsync()
    {
        Folder = LoadModel.Write(_folder.FullName);
        await using ServerProcess one = await Load.ServerOfOneAsync(Folder, threads: 1);
        Alone = await Load.AskAsync(one, 0, Requests, clients: 4);
    }

    /// <summary>Deletes the model.</summary>
    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}
