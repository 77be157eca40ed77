using System.Diagnostics;

namespace Edge.Tests.Kernel;

/// <summary>What only a kernel with CAN can tell of <see cref="Buses.SocketCanBus"/>. Runs as root in a virtual machine; prints a line for each check.</summary>
internal static class Program
{
    private static int Main()
    {
        var failed = 0;
        foreach (var (name, check) in SocketCanChecks.All)
        {
            try
            {
                check();
                Console.WriteLine($"ok    {name}");
            }
#pragma warning disable CA1031 // Whatever a check throws is its finding.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failed++;
                Console.WriteLine($"FAIL  {name}: {e.Message}");
            }
        }

        Console.WriteLine($"{SocketCanChecks.All.Count - failed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    /// <summary>Runs a program of the virtual machine and returns what it printed.</summary>
    public static string Run(string command)
    {
        using var process = Start(command);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Require(process.ExitCode == 0, $"{command}: exit code {process.ExitCode}");
        return output;
    }

    /// <summary>Starts a program of the virtual machine.</summary>
    public static Process Start(string command)
    {
        var words = command.Split(' ');
        return Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true })!;
    }

    /// <summary>Fails the check unless the condition holds.</summary>
    public static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new InvalidOperationException(otherwise);
    }
}
