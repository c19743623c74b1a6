using Tenon.Cuda;

namespace Tenon.Devices.Tests;

public class CudaTests
{
    [Fact]
    public void A_build_without_cuda_reports_what_is_missing_and_how_to_fix_it()
    {
        Availability availability = new CudaDevice().Check(new CudaOptions());
        availability.IsAvailable.Should().BeFalse();
        availability.Reason.Should().MatchRegex("Install NVIDIA's driver|finds no GPU|TorchBackend=cuda|does not exist");
        Action open = () => new CudaDevice().Open(new CudaOptions());
        open.Should().Throw<DeviceException>().WithMessage(availability.Reason);
    }

    [Theory]
    [InlineData("NVIDIA A100-SXM4-80GB", Precision.Bf16, 312)]
    [InlineData("NVIDIA A10", Precision.Tf32, 62.5)]
    [InlineData("NVIDIA H100 80GB HBM3", Precision.Fp16, 989.4)]
    [InlineData("NVIDIA H100 PCIe", Precision.Bf16, 756)]
    [InlineData("NVIDIA L4", Precision.Fp32, 30.3)]
    [InlineData("Tesla V100-SXM2-16GB", Precision.Fp16, 125)]
    public void Peaks_are_found_by_the_driver_s_name(string name, Precision precision, double peak) =>
        GpuPeaks.Find(name, precision).Should().BeApproximately(peak * 1e12, 1e6);

    [Theory]
    [InlineData("Tesla V100-SXM2-16GB", Precision.Bf16)]
    [InlineData("NVIDIA A10G", Precision.Bf16)]
    [InlineData("Some other GPU", Precision.Fp32)]
    public void Peaks_that_are_not_known_are_null(string name, Precision precision) => GpuPeaks.Find(name, precision).Should().BeNull();

    [Theory]
    [InlineData(9, Precision.Bf16)]
    [InlineData(8, Precision.Bf16)]
    [InlineData(7, Precision.Fp16)]
    [InlineData(6, Precision.Fp32)]
    public void Auto_selects_what_the_gpu_supports(int major, Precision precision) =>
        CudaDevice.Choose(CudaPrecision.Auto, major).Should().Be(precision);
}
