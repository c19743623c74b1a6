using Tenon;

[assembly: Plugin("zoo.newer", "Built for contract 1.2")]

namespace Zoo;

public sealed record Nothing;

[Device("newer", "From later")]
public sealed class NewerDevice : IDevice<Nothing>
{
    public Availability Check(Nothing options) => new(true, "");

    public IOpenDevice Open(Nothing options) => throw new DeviceException("The zoo opens no device.");
}
