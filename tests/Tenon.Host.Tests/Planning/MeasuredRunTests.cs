using Tenon.Host.Planning;

namespace Tenon.Host.Tests.Planning;

public sealed class MeasuredRunTests
{
    [Fact]
    public void A_run_takes_its_steps_and_the_work_between_them()
    {
        var measured = new MeasuredRun(0.5, [new("validations", 2, 100), new("checkpoints", 1, 40)], 1 << 30);

        measured.Seconds(250).Should().Be(250 * 0.5 + 2 * 2 + 6 * 1);
        measured.Seconds(39).Should().Be(39 * 0.5);
    }
}
