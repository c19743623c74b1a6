using Tenon;

[assembly: Plugin("zoo.twice", "Offers one name twice")]

namespace Zoo;

public sealed record Nothing;

[Device("pair", "One of two")]
public sealed class FirstDevice : IDevice<Nothing>
{
    public Availability Check(Nothing options) => new(true, "");

    public IOpenDevice Open(Nothing options) => throw new DeviceException("The zoo opens no device.");
}

[Device("pair", "The other of two")]
public sealed class SecondDevice : IDevice<Nothing>
{
    public Availability Check(Nothing options) => new(true, "");

    public IOpenDevice Open(Nothing options) => throw new DeviceException("The zoo opens no device.");
}
