using Tenon.Host.Processes;

namespace Tenon.Host.Tests.Processes;

public sealed class ParallelLayoutTests
{
    [Theory]
    [InlineData(1, null, null, null, 1, 1, 1)]
    [InlineData(8, null, null, null, 8, 1, 1)]
    [InlineData(8, null, 2, null, 4, 2, 1)]
    [InlineData(8, 2, 2, 2, 2, 2, 2)]
    [InlineData(8, null, 2, 2, 2, 2, 2)]
    public void Sizes_that_are_left_out_are_filled_in(
        int processes, int? data, int? tensor, int? pipeline, int wantedData, int wantedTensor, int wantedPipeline)
    {
        Of(processes, data, tensor, pipeline, out var error).Should().Be(new ParallelLayout(wantedData, wantedTensor, wantedPipeline));
        error.Should().BeNull();
    }

    [Theory]
    [InlineData(6, null, 4, null, "tensor", "is 4, which does not divide the 6 processes of this job; allowed: 1, 2, 3, 6.")]
    [InlineData(6, null, 2, 2, "pipeline",
        "is 2, which does not divide the 6 processes of this job together with tensor 2; allowed: 1, 2, 3, 6.")]
    [InlineData(4, 3, null, null, "data", "is 3, but this job has 4 processes; allowed: 4. Start 3 processes, or leave it out.")]
    [InlineData(1, 2, null, null, "data", "is 2, but this job has 1 process; allowed: 1. Start 2 processes, or leave it out.")]
    [InlineData(8, 8, 2, null, "data",
        "is 8, times tensor 2 and pipeline 1, but this job has 8 processes; allowed: 4. Start 16 processes, or leave it out.")]
    public void Sizes_that_do_not_fit_are_refused_with_those_that_do(
        int processes, int? data, int? tensor, int? pipeline, string key, string message)
    {
        Of(processes, data, tensor, pipeline, out var error).Should().BeNull();
        error!.Value.Key.Should().Be(key);
        error.Value.Message.Should().Be(message);
    }

    [Fact]
    public void Processes_that_divide_a_layer_are_next_to_each_other()
    {
        var layout = new ParallelLayout(Data: 2, Tensor: 2, Pipeline: 3);

        Enumerable.Range(0, 12).Select(layout.PlaceOf).Should().Equal(
            from data in Enumerable.Range(0, 2)
            from stage in Enumerable.Range(0, 3)
            from tensor in Enumerable.Range(0, 2)
            select new ParallelPlace(data, stage, tensor));
    }

    private static ParallelLayout? Of(
        int processes, int? data, int? tensor, int? pipeline, out (string Key, int Found, string Message)? error) =>
        ParallelLayout.Of(new ProcessOptions(data, tensor, pipeline, Zero: 0, TimeSpan.FromSeconds(1)), processes, out error);
}
