using Microsoft.Extensions.DependencyInjection;
using Tenon;

[assembly: Plugin("zoo.moody", "Throws wherever it is told to")]

namespace Zoo;

/// <summary>Throws in the place that the environment variable <c>ZOO_MOOD</c> names, and nowhere else.</summary>
public static class Mood
{
    public static void At(string place)
    {
        if (Is(place))
            throw new InvalidOperationException("not in the mood");
    }

    public static bool Is(string place) => Environment.GetEnvironmentVariable("ZOO_MOOD") == place;
}

public sealed class Startup : IPluginStartup
{
    public void ConfigureServices(IServiceCollection services)
    {
        Mood.At("start-up");
        services.AddSingleton<Keeper>();
    }
}

/// <summary>A service that its container disposes at the end.</summary>
public sealed class Keeper : IDisposable
{
    public void Dispose() => Mood.At("disposing of services");
}
