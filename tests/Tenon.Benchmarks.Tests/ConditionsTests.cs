namespace Tenon.Benchmarks.Tests;

public sealed class ConditionsTests
{
    [Theory]
    [InlineData(1.0, 2, false)]
    [InlineData(1.01, 2, true)]
    [InlineData(0.6, 1, true)]
    [InlineData(7.9, 16, false)]
    public void More_than_half_a_program_for_each_core_is_a_load(double average, int cores, bool isBusy) =>
        (Conditions.Busy(average, cores) is not null).Should().Be(isBusy);

    [Fact]
    public void The_message_has_the_load_and_the_option() => Conditions.Busy(3.456, 2).Should()
        .StartWith("The load average is 3.46 on 2 cores, above 0.5 per core").And.EndWith("measure anyway with --busy.");

    [Fact]
    public void The_line_has_processor_threads_and_library() =>
        Conditions.Describe(threads: 3).Should().Contain($"{Environment.ProcessorCount} cores, 3 threads, ").And.MatchRegex("MKL|BLAS");
}
