using System.Runtime.InteropServices;
using TorchSharp;

namespace Tenon.Host.Native;

/// <summary>Loads torch once, after applying the settings that must precede loading.</summary>
internal static class TorchRuntime
{
    private static readonly Lock Gate = new();
    private static bool _isReady;

    /// <summary>Loads torch. Later calls have no effect.</summary>
    /// <exception cref="DeviceException">
    /// A native library is missing or unsuitable; the message names it and states how to fix it.
    /// </exception>
    public static void Prepare()
    {
        lock (Gate)
        {
            if (_isReady)
                return;
            AllocatorTuning.Apply();
            NativeReport report = NativeReport.Examine();
            if (!report.Ready)
                throw new DeviceException(Explain(report));
            if (LibTorchFolder.Chosen?.Bridge is { } bridge)
                NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == "LibTorchSharp"
                    ? NativeLibrary.Load(bridge) : IntPtr.Zero);
            torch.InitializeDeviceType(DeviceType.CPU);
            HiddenCaches.Correct();
            _isReady = true;
        }
    }

    private static string Explain(NativeReport report)
    {
        if (!report.Supported)
            return $"Tensors cannot be computed on {report.System}. {report.Advice}";
        NativeFinding finding = report.Libraries.First(l => l.State != NativeState.Loaded);
        return $"The native library {finding.FileName} is not usable: {finding.Reason} {finding.Advice} 'tenon doctor' shows which " +
            "folders were searched.";
    }
}
