namespace Tenon.Testing.Tests;

/// <summary>For each promise of a device one that breaks it.</summary>
public sealed class BadDeviceTests
{
    [Fact]
    public void A_good_one_keeps_all_promises() =>
        DeviceChecks.All.Should().OnlyContain(check => check.Run(Subject(new Toy())).Outcome == CheckOutcome.Passed);

    [Fact]
    public void Availability_that_is_not_true() => Breaks(DeviceChecks.Availability, new Toy { Said = new(false, "It is away.") });

    [Fact]
    public void No_reason() => Breaks(DeviceChecks.Availability, new Toy { Said = new(true, "") });

    [Fact]
    public void A_device_that_computes_nothing() => Breaks(DeviceChecks.Computes, new Toy { Torch = torch.META });

    [Fact]
    public void More_memory_than_there_is() => Breaks(DeviceChecks.Memory, new Toy { Memory = new(100, 200, 300) });

    [Fact]
    public void No_description() => Breaks(DeviceChecks.Describes, new Toy { Description = " " });

    [Fact]
    public void A_device_that_is_not_here_is_skipped() =>
        DeviceChecks.Computes.Run(Subject(new Toy { Said = new(false, "It is away.") })).Should()
            .Be(Verdict.Skip("The device cannot be used here: It is away."));

    private static void Breaks(Check<DeviceSubject> check, Toy toy) => check.Run(Subject(toy)).Outcome.Should().Be(CheckOutcome.Failed);

    private static DeviceSubject Subject(Toy toy) => DeviceSubject.Of(toy, new ToyOptions());

    private sealed class Toy : IDevice<ToyOptions>, IOpenDevice
    {
        public Availability Said { get; init; } = new(true, "A processor.");

        public torch.Device Torch { get; init; } = torch.CPU;

        public string Description { get; init; } = "A processor.";

        public Precision Precision => Precision.Fp32;

        public MemoryFigures Memory { get; init; } = new(300, 100, 200);

        public double? PeakFlop => null;

        public Availability Check(ToyOptions options) => Said;

        public IOpenDevice Open(ToyOptions options) => this;

        public void Synchronize()
        {
        }

        public void Dispose()
        {
        }
    }
}
