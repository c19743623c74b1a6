using System.Net;
using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;

namespace Tenon.Server.Tests;

/// <summary>The runs in the folder of <c>--runs</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class RunsTests(Served served) : IAsyncLifetime
{
    private const string Line = """{"step":1,"train/loss":2.5,"time/tokens_per_second":100}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-runs-");
    private OtherServer _server = null!;

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(At("live", "samples"));
        File.WriteAllText(At("live", "recipe.json"), """{ "training": { "steps": 40 } }""");
        File.WriteAllText(At("live", "metrics.jsonl"), $"{Line}\n");
        File.WriteAllText(At("live", "samples", "step-00000001.txt"), "<b>text</b>");
        File.WriteAllBytes(At("live", "loss.png"), [1, 2, 3]);
        Directory.CreateDirectory(At("pipeline", "first"));
        File.WriteAllText(At("pipeline", "pipeline.json"), "{}");
        File.WriteAllText(At("pipeline", "recipe.json"), "{}");
        File.WriteAllText(At("pipeline", "first", "recipe.json"), "{}");
        Directory.CreateDirectory(At("other"));
        _server = await Served.StartAsync(new ServerOptions { Runs = _folder.FullName }, served.OpenAsync("masked"));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Runs_and_the_stages_of_pipelines_are_listed()
    {
        JsonNode all = await GetAsync("/tenon/v1/runs");

        all["data"]!.AsArray().Select(run => run!["name"]!.GetValue<string>()).Should().BeEquivalentTo("live", "pipeline/first");
        all["data"]!.AsArray().Select(run => run!["state"]!.GetValue<string>()).Should().OnlyContain(state => state == "stopped");
        (await served.Client.GetAsync("/tenon/v1/runs")).StatusCode.Should().Be(HttpStatusCode.NotFound, "there is no --runs");
    }

    [Fact]
    public async Task A_finished_run_is_whole()
    {
        await using OtherServer server = await Served.StartAsync(
            new ServerOptions { Runs = served.At("runs") }, served.OpenAsync("masked"));
        JsonNode run = JsonNode.Parse(await server.Client.GetStringAsync("/tenon/v1/runs/metrics?run=images"))!;

        run["state"]!.GetValue<string>().Should().Be("finished");
        run["steps"]!.GetValue<long>().Should().Be(2);
        run["lines"]!.AsArray().Select(line => line!.ToJsonString()).Should()
            .Equal(File.ReadLines(served.At("runs", "images", "metrics.jsonl")));
        string sample = run["samples"]!.AsArray().Select(name => name!.GetValue<string>()).Last();
        using HttpResponseMessage picture = await server.Client.GetAsync($"/tenon/v1/runs/file?run=images&file={sample}");
        picture.Content.Headers.ContentType!.MediaType.Should().Be("image/png");
        (await picture.Content.ReadAsByteArrayAsync()).Should().Equal(File.ReadAllBytes(served.At("runs", "images", sample)));
    }

    [Fact]
    public async Task Metrics_are_read_in_parts_while_they_are_written()
    {
        using IDisposable held = RunFolder.Open(At("live")).Hold();
        JsonNode first = await GetAsync("/tenon/v1/runs/metrics?run=live");
        File.AppendAllText(At("live", "metrics.jsonl"), "{\"step\":2,\"train/loss\":");
        JsonNode partial = await GetAsync($"/tenon/v1/runs/metrics?run=live&from={first["next"]}");
        File.AppendAllText(At("live", "metrics.jsonl"), "\"NaN\"}\n");
        JsonNode second = await GetAsync($"/tenon/v1/runs/metrics?run=live&from={first["next"]}");
        File.WriteAllText(At("live", "metrics.jsonl"), "{\"step\":1}\n");
        JsonNode cut = await GetAsync($"/tenon/v1/runs/metrics?run=live&from={second["next"]}");

        first["state"]!.GetValue<string>().Should().Be("running");
        first["steps"]!.GetValue<int>().Should().Be(40);
        first["lines"]!.ToJsonString().Should().Be($"[{Line}]");
        first["samples"]!.ToJsonString().Should().Be("""["samples/step-00000001.txt"]""");
        partial["lines"]!.AsArray().Should().BeEmpty("the line is not complete");
        second["lines"]!.ToJsonString().Should().Be("""[{"step":2,"train/loss":"NaN"}]""");
        cut["from"]!.GetValue<int>().Should().Be(0, "a resumed run has cut the file");
        cut["lines"]!.ToJsonString().Should().Be("""[{"step":1}]""");
    }

    [Fact]
    public async Task The_lock_of_a_killed_run_does_not_count()
    {
        File.WriteAllText(At("live", ".lock"), "");

        (await GetAsync("/tenon/v1/runs/metrics?run=live"))["state"]!.GetValue<string>().Should().Be("stopped");
    }

    [Fact]
    public async Task Samples_are_text_and_never_markup()
    {
        using HttpResponseMessage response = await _server.Client.GetAsync("/tenon/v1/runs/file?run=live&file=samples/step-00000001.txt");

        (await response.Content.ReadAsStringAsync()).Should().Be("<b>text</b>");
        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; charset=utf-8");
        response.Headers.GetValues("X-Content-Type-Options").Single().Should().Be("nosniff");
    }

    [Theory]
    [InlineData("run=live&file=recipe.json")]
    [InlineData("run=live&file=metrics.jsonl")]
    [InlineData("run=live&file=../live/loss.png")]
    [InlineData("run=live&file=samples/../loss.png")]
    [InlineData("run=live&file=samples%2F..%2F..%2Frecipe.json")]
    [InlineData("run=live&file=/etc/passwd")]
    [InlineData("run=live&file=samples/linked.txt")]
    [InlineData("run=../live&file=loss.png")]
    [InlineData("run=live/../live&file=loss.png")]
    [InlineData("run=.&file=loss.png")]
    [InlineData("run=linked&file=loss.png")]
    [InlineData("run=other&file=loss.png")]
    [InlineData("run=live%00&file=loss.png")]
    public async Task Nothing_but_plots_and_samples_of_runs_can_be_read(string query)
    {
        File.WriteAllText(At("secret.txt"), "secret");
        File.CreateSymbolicLink(At("live", "samples", "linked.txt"), At("secret.txt"));
        Directory.CreateSymbolicLink(At("linked"), At("live"));

        using HttpResponseMessage response = await _server.Client.GetAsync($"/tenon/v1/runs/file?{query}");

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync()).Should().NotContain(_folder.FullName).And.NotContain("secret");
    }

    [Theory]
    [InlineData("/tenon/v1/runs/metrics", "run")]
    [InlineData("/tenon/v1/runs/metrics?run=live&run=live", "run")]
    [InlineData("/tenon/v1/runs/metrics?run=live&from=-1", "from")]
    [InlineData("/tenon/v1/runs/file?run=live", "file")]
    public async Task A_wrong_parameter_is_named(string address, string parameter)
    {
        using HttpResponseMessage response = await _server.Client.GetAsync(address);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["param"]!.GetValue<string>().Should().Be(parameter);
    }

    private string At(params string[] parts) => Path.Combine([_folder.FullName, .. parts]);

    private async Task<JsonNode> GetAsync(string address) => JsonNode.Parse(await _server.Client.GetStringAsync(address))!;
}
