using Tenon.Server.Tests;

namespace Tenon.Extensions.AI.Tests;

/// <summary>The models of the server's tests, opened in the process.</summary>
internal static class InProcess
{
    /// <summary>Opens models as the server's tests do, so that texts can be compared.</summary>
    public static void Configure(TenonModelOptions options) =>
        (options.Device, options.DeviceSettings) = ("cpu", ["--device:threads=1"]);

    /// <summary>Options of <see cref="Configure"/>.</summary>
    public static TenonModelOptions Options()
    {
        var options = new TenonModelOptions();
        Configure(options);
        return options;
    }

    /// <summary>Creates a client of a model. The caller disposes it.</summary>
    public static TenonChatClient Chat(Served served, string model = "chat") => new(served.Host, served.Model(model), Options());
}
