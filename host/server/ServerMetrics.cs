using System.Collections.Concurrent;
using Tenon.Host.Serving;

namespace Tenon.Server;

/// <summary>The numbers that <c>/metrics</c> reports. Thread-safe.</summary>
/// <param name="models">The models.</param>
internal sealed class ServerMetrics(ServedModels models)
{
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private readonly ConcurrentDictionary<(string Endpoint, int Status), long> _requests = new();
    private readonly ConcurrentDictionary<string, Histogram> _times = new();
    private readonly ConcurrentDictionary<string, ModelNumbers> _models = new();

    /// <summary>Counts a request.</summary>
    /// <param name="endpoint">Its endpoint, from a fixed set.</param>
    /// <param name="status">Status of the response.</param>
    /// <param name="took">Time from the first to the last byte.</param>
    public void Count(string endpoint, int status, TimeSpan took)
    {
        _requests.AddOrUpdate((endpoint, status), 1, (_, count) => count + 1);
        _times.GetOrAdd(endpoint, _ => new Histogram(Seconds)).Add(took.TotalSeconds);
    }

    /// <summary>Counts the tokens of a request's prompts.</summary>
    public void CountPrompts(ServedModel model, long tokens) => Interlocked.Add(ref Of(model).PromptTokens, tokens);

    /// <summary>Counts generated tokens.</summary>
    public void CountGenerated(ServedModel model, long tokens) => Interlocked.Add(ref Of(model).GeneratedTokens, tokens);

    /// <summary>Records the time from a request to its first text.</summary>
    public void FirstText(ServedModel model, TimeSpan took) => Of(model).FirstText.Add(took.TotalSeconds);

    /// <summary>The numbers in Prometheus's text format.</summary>
    public string Text()
    {
        var text = new PrometheusText();
        text.Family("tenon_requests_total", "counter", "Requests by endpoint and status.");
        foreach (((string endpoint, int status), long count) in _requests.OrderBy(entry => entry.Key))
            text.Sample("tenon_requests_total", count, ("endpoint", endpoint), ("status", $"{status}"));
        text.Family("tenon_request_seconds", "histogram", "Time from the first to the last byte of a request.");
        foreach ((string endpoint, Histogram times) in _times.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            text.Histogram("tenon_request_seconds", times, ("endpoint", endpoint));
        PerModel(text, "tenon_prompt_tokens_total", "counter", "Tokens of prompts and inputs.", model => Of(model).PromptTokens);
        PerModel(text, "tenon_generated_tokens_total", "counter", "Generated tokens.", model => Of(model).GeneratedTokens);
        PerModel(text, "tenon_reused_prompt_tokens_total", "counter",
            "Prompt tokens that were not processed, because they are the start of an earlier prompt.", model => State(model).ReusedTokens);
        PerModel(text, "tenon_prefix_cache_bytes", "gauge", "Memory of earlier prompts.", model => State(model).PrefixBytes);
        PerModel(text, "tenon_texts_running", "gauge", "Texts that are generated.", model => State(model).Running);
        PerModel(text, "tenon_texts_waiting", "gauge", "Texts that wait.", model => State(model).Waiting);
        text.Family("tenon_first_text_seconds", "histogram", "Time from a request to its first text.");
        foreach (ServedModel model in models.All)
            text.Histogram("tenon_first_text_seconds", Of(model).FirstText, ("model", model.Name));
        return text.ToString();
    }

    private void PerModel(PrometheusText text, string name, string type, string help, Func<ServedModel, double> value)
    {
        text.Family(name, type, help);
        foreach (ServedModel model in models.All)
            text.Sample(name, value(model), ("model", model.Name));
    }

    private ModelNumbers Of(ServedModel model) => _models.GetOrAdd(model.Name, _ => new ModelNumbers());

    private static EngineState State(ServedModel model) => model.Engine?.State ?? new EngineState(0, 0);

    private sealed class ModelNumbers
    {
        public long PromptTokens;
        public long GeneratedTokens;

        public Histogram FirstText { get; } = new(Seconds);
    }
}
