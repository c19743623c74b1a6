using Tenon.Host.Processes;
using Tenon.Host.Tests.Training.Parallel;

namespace Tenon.Host.Tests.Processes;

[Collection("torch")]
public sealed class WorldTests
{
    [Fact]
    public void A_flag_of_one_rank_is_set_in_all() =>
        ThreadRanks.Run(3, ranks => new World(ranks, 0).Any(ranks.Rank == 2, false, true))
            .Should().AllSatisfy(flags => flags.Should().Equal(true, false, true));

    [Fact]
    public void All_ranks_get_the_texts_and_numbers_of_rank_0()
    {
        ThreadRanks.Run(3, ranks => new World(ranks, 0).Broadcast($"run {ranks.Rank} äöü")).Should()
            .OnlyContain(text => text == "run 0 äöü");
        ThreadRanks.Run(2, ranks => new World(ranks, 0).Broadcast((string?)null)).Should().OnlyContain(text => text.Length == 0);
        ThreadRanks.Run(3, ranks => new World(ranks, 0).Broadcast(ranks.Rank + 0.5, double.NaN))
            .Should().AllSatisfy(numbers => numbers.Should().Equal(0.5, double.NaN));
    }

    [Fact]
    public void Means_are_taken_over_the_ranks() =>
        ThreadRanks.Run(4, ranks => new World(ranks, 0).Mean(ranks.Rank, 2)).Should()
            .AllSatisfy(means => means.Should().Equal(1.5, 2));

    [Fact]
    public void Ranks_of_one_machine_are_counted() =>
        ThreadRanks.Run(3, ranks => new World(ranks, 0).OnHost()).Should().Equal((0, 3), (1, 3), (2, 3));

    [Fact]
    public void Equal_recipes_agree() =>
        ThreadRanks.Run(3, ranks => Difference(new World(ranks, 0), "recipe", "plugins", "data"))
            .Should().OnlyContain(difference => difference == null);

    [Fact]
    public void What_differs_is_named_with_its_ranks() =>
        ThreadRanks.Run(3, ranks => Difference(new World(ranks, 0), ranks.Rank == 0 ? "a" : "b", "plugins", $"data {ranks.Rank % 2}"))
            .Should().OnlyContain(difference => difference!.StartsWith(
                "The processes do not train the same run: the recipe of ranks 1, 2 and the data of rank 1 differ from rank 0."));

    [Fact]
    public void A_process_alone_agrees_with_itself() => Difference(World.Single, "a", "b", "c").Should().BeNull();

    private static string? Difference(World world, string recipe, string plugins, string data)
    {
        try
        {
            Agreement.Check(world, ("recipe", recipe), ("plugins", plugins), ("data", data));
            return null;
        }
        catch (CommunicationException failure)
        {
            return failure.Message;
        }
    }
}
