using Tenon.Host.Native;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using TorchSharp;

namespace Tenon.Host.Tests.Runs;

public sealed class MemoryCheckTests
{
    private const long GiB = 1L << 30;
    private static readonly RunPlan Plan = new()
    {
        Name = "run",
        Components = [],
        Parameters = GiB,
        WeightBytes = 4 * GiB,
        GradientBytes = 4 * GiB,
        Optimizer = OptimizerName.Adamw,
        OptimizerBytes = 8 * GiB,
        AverageBytes = 0,
        ActivationBytes = GiB,
        KeptActivationBytes = GiB,
        CheckpointedActivationBytes = null,
        Unit = null,
        MultiplyAddsPerUnit = null,
        FlopPerUnit = null,
        UnitsPerStep = null,
        Units = null,
        Flop = null,
    };

    [Fact]
    public void Both_figures_are_named()
    {
        Action check = () => MemoryCheck.Check(Plan, new Device(DeviceType.CPU, null), new FreeMemory(16 * GiB, IsLimited: true));
        check.Should().Throw<MemoryException>().WithMessage(
            "The run needs 17.0 GiB of main memory (4.0 GiB of weights, 4.0 GiB of gradients, 8.0 GiB of optimizer state, 1.0 GiB of " +
            "activations), but 16.0 GiB is left to its control group (container).*");
    }

    [Fact]
    public void What_fits_or_is_unknown_is_not_refused()
    {
        MemoryCheck.Check(Plan, new Device(DeviceType.CPU, null), new FreeMemory(17 * GiB, IsLimited: false));
        MemoryCheck.Check(Plan, new Device(DeviceType.CPU, null), free: null);
        MemoryCheck.Check(Plan, new Device(DeviceType.CUDA, null), new FreeMemory(4 * GiB, IsLimited: false));
    }

    [Fact]
    public void Copies_and_further_models_count()
    {
        RunPlan plan = Plan with { BestBytes = 2 * GiB, ReferenceBytes = 4 * GiB, RewardBytes = 3 * GiB };
        Action check = () => MemoryCheck.Check(plan, new Device(DeviceType.CPU, null), new FreeMemory(22 * GiB, IsLimited: false));
        check.Should().Throw<MemoryException>().WithMessage(
            "The run needs 26.0 GiB of main memory (*, 2.0 GiB of the best weights, 4.0 GiB of the reference model, 3.0 GiB of reward " +
            "models, *), but 25.0 GiB is free.*",
            "the reward models are open already");
        MemoryCheck.Check(plan, new Device(DeviceType.CPU, null), new FreeMemory(23 * GiB, IsLimited: false));

        Action device = () => MemoryCheck.Check(plan, new Device(DeviceType.CUDA, 25 * GiB), new FreeMemory(64 * GiB, IsLimited: false));
        device.Should().Throw<MemoryException>().WithMessage("The run needs 26.0 GiB of device memory (*), but 25.0 GiB is available.*");
    }

    [Fact]
    public void Reward_models_are_refused_before_they_are_opened()
    {
        Action main = () => MemoryCheck.CheckRewards(3 * GiB, new Device(DeviceType.CPU, null), new FreeMemory(2 * GiB, IsLimited: false));
        main.Should().Throw<MemoryException>().WithMessage("The run needs 3.0 GiB of main memory (reward models), but 2.0 GiB is free.*");
        Action device = () =>
            MemoryCheck.CheckRewards(3 * GiB, new Device(DeviceType.CUDA, 2 * GiB), new FreeMemory(4 * GiB, IsLimited: false));
        device.Should().Throw<MemoryException>()
            .WithMessage("The run needs 3.0 GiB of device memory (reward models), but 2.0 GiB is available.*");
        MemoryCheck.CheckRewards(0, new Device(DeviceType.CPU, null), new FreeMemory(0, IsLimited: false));
    }

    [Fact]
    public void A_device_has_its_own_memory()
    {
        Action device = () => MemoryCheck.Check(Plan, new Device(DeviceType.CUDA, 8 * GiB), new FreeMemory(64 * GiB, IsLimited: false));
        device.Should().Throw<MemoryException>().WithMessage("The run needs 17.0 GiB of device memory (*), but 8.0 GiB is available.*");
        Action main = () => MemoryCheck.Check(Plan, new Device(DeviceType.CUDA, 80 * GiB), new FreeMemory(GiB, IsLimited: false));
        main.Should().Throw<MemoryException>()
            .WithMessage("The run needs 4.0 GiB of main memory (weights, which are initialized there), but 1.0 GiB is free.*");
    }

    private sealed class Device(DeviceType type, long? total) : IOpenDevice
    {
        public torch.Device Torch => new(type);

        public string Description => "a device";

        public Precision Precision => Precision.Fp32;

        public MemoryFigures Memory => new(total, null, null);

        public double? PeakFlop => null;

        public void Synchronize()
        {
        }

        public void Dispose()
        {
        }
    }
}
