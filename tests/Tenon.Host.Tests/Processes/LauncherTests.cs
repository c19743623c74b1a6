using Tenon.Host.Processes;

namespace Tenon.Host.Tests.Processes;

public sealed class LauncherTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK")]
    [InlineData("PMI_SIZE", "PMI_RANK")]
    [InlineData("SLURM_STEP_NUM_TASKS", "SLURM_PROCID")]
    public void The_variables_of_a_launcher_give_size_and_rank(string size, string rank) =>
        Of((size, "4"), (rank, "3")).Should().Be(new Launcher(size, 4, 3));

    [Fact]
    public void The_variables_of_mpirun_win_over_those_of_the_job_that_it_runs_in() =>
        Of(("SLURM_STEP_NUM_TASKS", "1"), ("SLURM_PROCID", "0"), ("OMPI_COMM_WORLD_SIZE", "8"), ("OMPI_COMM_WORLD_RANK", "5"))
            .Should().Be(new Launcher("OMPI_COMM_WORLD_SIZE", 8, 5));

    [Fact]
    public void A_batch_script_is_one_process() => Of(("SLURM_NTASKS", "4"), ("SLURM_PROCID", "0")).Size.Should().Be(1);

    [Fact]
    public void Without_a_launcher_there_is_one_process() => Of().Should().Be(new Launcher(null, 1, 0));

    private static Launcher Of(params (string Name, string Value)[] variables) =>
        Launcher.Of(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
