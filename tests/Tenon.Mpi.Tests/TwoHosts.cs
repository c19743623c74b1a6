using System.Diagnostics;

namespace Tenon.Mpi.Tests;

/// <summary>
/// Two hosts on this machine: network namespaces, joined by a pair of virtual Ethernet devices, with the same files. Only root may make
/// them.
/// </summary>
internal sealed class TwoHosts : IDisposable
{
    private const string Ip = "/usr/sbin/ip";
    private const string Network = "10.213.77";

    private readonly string[] _names = [$"tenon-{Environment.ProcessId}-a", $"tenon-{Environment.ProcessId}-b"];
    private readonly string _agent;

    /// <summary>Makes the hosts; skips the test where that is not permitted.</summary>
    /// <param name="workspace">The folder of the test.</param>
    public TwoHosts(Workspace workspace)
    {
        Skip.IfNot(File.Exists(Ip), $"Network namespaces need iproute2: there is no {Ip}.");
        (int exitCode, string errors) = Run("netns", "add", _names[0]);
        Skip.If(exitCode != 0, $"Network namespaces are not permitted here: {errors}");
        Make("netns", "add", _names[1]);
        Make("link", "add", Device(0), "type", "veth", "peer", "name", Device(1));
        for (int host = 0; host < 2; host++)
        {
            Make("link", "set", Device(host), "netns", _names[host]);
            Make("-n", _names[host], "addr", "add", $"{Address(host)}/24", "dev", Device(host));
            Make("-n", _names[host], "link", "set", "lo", "up");
            Make("-n", _names[host], "link", "set", Device(host), "up");
        }

        // In place of ssh: the first argument is the address of the other host, and the rest is a command.
        _agent = workspace.At("agent.sh");
        File.WriteAllText(_agent, $"shift\nexec {Ip} netns exec {_names[1]} sh -c \"$*\"\n");
    }

    /// <summary>Open MPI's launcher, on the first host, which starts one process on each.</summary>
    public MpiRun Launcher => new(
        "Open MPI on two hosts", Ip, "netns", "exec", _names[0], "/usr/bin/mpirun.openmpi", "--bind-to", "none", "--host",
        $"{Address(0)}:1,{Address(1)}:1", "--mca", "plm_rsh_agent", $"sh {_agent}", "--mca", "pml", "ob1", "--mca", "btl", "tcp,self",
        "--mca", "btl_tcp_if_include", $"{Network}.0/24", "--mca", "oob_tcp_if_include", $"{Network}.0/24",
        "--mca", "oob_tcp_keepalive_time", "3", "--mca", "oob_tcp_keepalive_intvl", "1", "--mca", "oob_tcp_keepalive_probes", "3");

    /// <summary>Breaks the connection without a message, or mends it.</summary>
    public void SetLink(bool isUp) => Make("-n", _names[1], "link", "set", Device(1), isUp ? "up" : "down");

    /// <summary>Returns the processes on a host.</summary>
    public int[] Processes(int host)
    {
        using Process process = Process.Start(new ProcessStartInfo(Ip, ["netns", "pids", _names[host]]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    /// <summary>Ends the processes of the hosts, and removes them.</summary>
    public void Dispose()
    {
        for (int host = 0; host < 2; host++)
        {
            foreach (int process in Processes(host))
            {
                try
                {
                    using var left = Process.GetProcessById(process);
                    left.Kill();
                }
                catch (ArgumentException)
                {
                    // It has ended.
                }
            }

            Run("netns", "del", _names[host]);
        }
    }

    private static string Address(int host) => $"{Network}.{host + 1}";

    // At most 15 characters.
    private static string Device(int host) => $"tn{Environment.ProcessId}{(host == 0 ? "a" : "b")}";

    private static void Make(params string[] arguments)
    {
        (int exitCode, string errors) = Run(arguments);
        if (exitCode != 0)
            throw new InvalidOperationException($"ip {string.Join(" ", arguments)}: {errors}");
    }

    private static (int ExitCode, string Errors) Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Ip, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors.Trim());
    }
}
