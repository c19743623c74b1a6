using Tenon;

[assembly: Plugin("zoo.major", "Built for contract 2.0")]

namespace Zoo;

public sealed record Nothing;

[Device("major", "From much later")]
public sealed class MajorDevice : IDevice<Nothing>
{
    public Availability Check(Nothing options) => new(true, "");

    public IOpenDevice Open(Nothing options) => throw new DeviceException("The zoo opens no device.");
}
