using Tenon;

[assembly: Plugin("zoo.throws", "Throws while it starts, and offers what zoo.good offers")]

namespace Zoo;

public sealed record Nothing;

[Device("here", "Not really here")]
public sealed class HereToo : IDevice<Nothing>
{
    public Availability Check(Nothing options) => new(true, "");

    public IOpenDevice Open(Nothing options) => throw new DeviceException("The zoo opens no device.");
}

public sealed class Startup : IPluginStartup
{
    public void ConfigureServices(Microsoft.Extensions.DependencyInjection.IServiceCollection services) =>
        throw new InvalidOperationException("the zoo is closed");
}
