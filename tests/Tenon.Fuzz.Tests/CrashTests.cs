using Tenon.Fuzz.Crashes;

namespace Tenon.Fuzz.Tests;

/// <summary>The short form of the crash tests: a few of a run's file operations, and a few full disks.</summary>
public sealed class CrashTests
{
    private const int Count = 12;
    private const int Disks = 3;

    [SkippableFact]
    public void A_run_that_crashes_at_a_file_operation_reports_it_and_is_resumed_exactly()
    {
        Skip.IfNot(TracedRun.IsAvailable, $"{TracedRun.Strace} is missing; it injects the errors of a failing disk.");
        using var campaign = new CrashCampaign();
        IReadOnlyList<CrashPoint> points = campaign.Points();

        IReadOnlyList<CrashPoint> chosen = CrashCampaign.Choose(points, Count);

        points.Select(point => point.Call).Should().Contain(["fsync", "pwrite64"]);
        chosen.Should().HaveCount(Count).And.OnlyHaveUniqueItems().And.Contain(point => point.Error == null)
            .And.Contain(point => point.Error != null);
        chosen.Select(campaign.Crash).Where(fault => fault is not null).Should().BeEmpty();
    }
    [SkippableFact]
    public void A_run_that_fills_its_disk_reports_it_and_is_resumed_exactly()
    {
        Skip.IfNot(TracedRun.IsAvailable && SmallDisk.IsAvailable, "It needs strace, and root to mount a small disk.");
        using var campaign = new CrashCampaign();
        campaign.Points();

        IReadOnlyList<long> sizes = campaign.Disks(Disks);

        sizes.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder();
        sizes.Select(campaign.Fill).Where(fault => fault is not null).Should().BeEmpty();
    }
}
