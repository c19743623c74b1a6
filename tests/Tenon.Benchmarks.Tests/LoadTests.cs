using Tenon.Benchmarks.Serving;

namespace Tenon.Benchmarks.Tests;

/// <summary>The short form of the load on a server: 200 requests, and 50 clients that leave.</summary>
public sealed class LoadTests(LoadedModel loaded) : IClassFixture<LoadedModel>
{
    private const int Requests = LoadedModel.Requests, Leaving = 50, Clients = 32;

    private readonly LoadResult _alone = loaded.Alone;

    [Fact]
    public async Task Answers_are_complete_and_those_of_their_requests_also_after_clients_have_left()
    {
        await using ServerProcess server = await Load.ServerAsync(loaded.Folder, threads: 1);

        LoadResult together = await Load.AskAsync(server, 0, Requests, Clients);
        (int left, _) = await Load.LeaveAsync(server, Leaving, Clients);
        (int running, int waiting) = await server.TextsAsync();
        LoadResult after = await Load.AskAsync(server, 0, Requests / 4, Clients);

        _alone.Failed.Should().BeEmpty();
        together.Failed.Should().BeEmpty();
        together.Mixed.Should().Be(0);
        together.Differences(_alone).Should().BeEmpty();
        together.DrawnOtherwise(_alone).Should().BeLessThanOrEqualTo(LoadSection.MostDrawn(_alone));
        left.Should().BeGreaterThan(Leaving / 2, "most clients leave before the end of their answers");
        (running, waiting).Should().Be((0, 0));
        after.Failed.Should().BeEmpty();
        after.Differences(_alone).Should().BeEmpty();
        after.DrawnOtherwise(_alone).Should().BeLessThanOrEqualTo(1);
    }

    [Fact]
    public void The_texts_depend_on_the_requests_so_that_answers_of_others_would_be_found()
    {
        string[] texts = [.. _alone.Answers.SelectMany(answer => answer.Texts).Select(text => text.Split(": ")[1])];
        LoadResult mixed = _alone with { Answers = [.. _alone.Answers.Skip(1), _alone.Answers[0]] };

        texts.Distinct().Count().Should().BeGreaterThan(texts.Length * 9 / 10);
        mixed.Mixed.Should().Be(Requests);
        mixed.Failed.Should().HaveCount(Requests);
        mixed.Differences(_alone).Should().HaveCountGreaterThan(Requests * 9 / 10);
        mixed.DrawnOtherwise(_alone).Should().Be(Requests);
    }

    [Fact]
    public async Task What_the_server_holds_does_not_grow()
    {
        await using ServerProcess server = await Load.ServerAsync(loaded.Folder, threads: 1);

        List<LoadRow> rows = [];
        await foreach (LoadRow row in Load.HoldAsync(server, 5 * Requests, rows: 5, Clients))
            rows.Add(row);

        rows.Select(row => row.Done).Should().Equal(200, 400, 600, 800, 1000);
        rows.Should().OnlyContain(row => row.Wrong == 0);
        (rows[^1].ResidentBytes - rows[1].ResidentBytes).Should().BeLessThan(64 << 20);
        (rows[^1].Handles - rows[1].Handles).Should().BeLessThanOrEqualTo(Clients);
    }
}
