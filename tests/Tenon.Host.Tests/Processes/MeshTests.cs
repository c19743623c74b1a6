using Tenon.Host.Processes;
using Tenon.Host.Tests.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Processes;

[Collection("torch")]
public sealed class MeshTests
{
    [Fact]
    public void Each_group_is_a_line_of_the_grid_through_the_process()
    {
        var layout = new ParallelLayout(Data: 2, Tensor: 2, Pipeline: 2);
        Dictionary<string, int[]>[] found = ThreadRanks.Run(8, all =>
        {
            using var mesh = new Mesh(all, layout);
            mesh.Place.Should().Be(layout.PlaceOf(all.Rank));
            (mesh.Data.Rank, mesh.Pipeline.Rank, mesh.Tensor.Rank).Should().Be((mesh.Place.Data, mesh.Place.Stage, mesh.Place.Tensor));
            return new Dictionary<string, int[]>
            {
                ["data"] = Members(mesh.Data, all.Rank),
                ["pipeline"] = Members(mesh.Pipeline, all.Rank),
                ["tensor"] = Members(mesh.Tensor, all.Rank),
            };
        });

        found[0].Should().BeEquivalentTo(new Dictionary<string, int[]> { ["data"] = [0, 4], ["pipeline"] = [0, 2], ["tensor"] = [0, 1] });
        found[7].Should().BeEquivalentTo(new Dictionary<string, int[]> { ["data"] = [3, 7], ["pipeline"] = [5, 7], ["tensor"] = [6, 7] });
        foreach ((int rank, Dictionary<string, int[]> groups) in found.Index())
            groups.Should().AllSatisfy(group => group.Value.Should().Contain(rank).And.HaveCount(2));
    }

    [Fact]
    public void A_dimension_of_all_processes_needs_no_new_group() => ThreadRanks.Run(3, all =>
    {
        using var mesh = new Mesh(all, new ParallelLayout(Data: 3, Tensor: 1, Pipeline: 1));
        mesh.Data.Should().BeSameAs(all);
        (mesh.Tensor.Size, mesh.Pipeline.Size).Should().Be((1, 1));
        return 0;
    });

    private static int[] Members(ICommunicator group, int own)
    {
        using Tensor ranks = zeros([group.Size], ScalarType.Int64), one = tensor((long[])[own]);
        group.AllGather(ranks, one);
        return [.. ranks.data<long>().ToArray().Select(rank => (int)rank)];
    }
}
