using Tenon.Server.Http;

namespace Tenon.Server;

/// <summary>The models of a server.</summary>
/// <param name="models">At least one, with different names. Owned.</param>
internal sealed class ServedModels(IReadOnlyList<ServedModel> models) : IAsyncDisposable
{
    /// <summary>All models, in the order of the command line.</summary>
    public IReadOnlyList<ServedModel> All => models;

    /// <summary>Returns the model of a request; a server with a single model needs no name.</summary>
    /// <param name="body">The request.</param>
    /// <param name="task">What it is used for, in words: <c>generate text</c>.</param>
    /// <param name="isSuitable">Whether a model can be used for it.</param>
    /// <exception cref="ApiException">No model has this name, or it does not support the task.</exception>
    public ServedModel Find(RequestBody body, string task, Func<ModelTraits, bool> isSuitable)
    {
        string? name = body.OptionalText("model");
        if (name is null && models.Count > 1)
            throw ApiException.Invalid("model", $"'model' is missing. Served: {Names}.");
        ServedModel model = name is null ? models[0] : Find(name);
        if (isSuitable(model.Traits))
            return model;
        string[] suitable = [.. models.Where(other => isSuitable(other.Traits)).Select(other => other.Name)];
        throw ApiException.Invalid("model", $"The model '{model.Name}' is {model.Traits.Description} and cannot {task}. " +
            (suitable.Length == 0 ? "No served model can." : $"Models that can: {string.Join(", ", suitable)}."));
    }

    /// <summary>Returns a model by its name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ApiException">No model has this name.</exception>
    public ServedModel Find(string name) => models.FirstOrDefault(model => model.Name == name)
        ?? throw ApiException.UnknownModel($"The model '{Shorten(name)}' is not served." +
            $"{NearestName.Question(name, [.. models.Select(model => model.Name)])} Served: {Names}.");

    /// <summary>Refuses new texts, and waits for those that run.</summary>
    /// <param name="deadline">Time after which they fail.</param>
    public Task StopAsync(TimeSpan deadline) => Task.WhenAll(models.Select(model => model.StopAsync(deadline)));

    /// <summary>Frees the models.</summary>
    public async ValueTask DisposeAsync()
    {
        // Adapters come after the models that they share.
        foreach (ServedModel model in models.Reverse())
            await model.DisposeAsync().ConfigureAwait(false);
    }

    private string Names => string.Join(", ", models.Select(model => model.Name));

    private static string Shorten(string name) => name.Length <= 100 ? name : $"{name[..100]}…";
}
