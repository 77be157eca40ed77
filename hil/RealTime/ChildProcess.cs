using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Edge.Hil.RealTime;

/// <summary>A program that the rig starts and ends: the controller, the broker. Its lines go to a log and can be waited for.</summary>
public sealed partial class ChildProcess : IDisposable
{
    private const int Sigterm = 15, Sigkill = 9, Sigusr1 = 10;
    private readonly Process _process;
    private readonly TextWriter? _log;
    private readonly List<string> _lines = [];

    private ChildProcess(Process process, TextWriter? log)
    {
        (_process, _log) = (process, log);
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>It has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="InvalidOperationException">It is not there; the message says which.</exception>
    public static ChildProcess Start(string program, IReadOnlyList<string> arguments, TextWriter? log = null)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        try
        {
            return new ChildProcess(new Process { StartInfo = info }, log);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{program} cannot be started ({e.Message}); 'make setup' and 'make publish' put it there", e);
        }
    }

    /// <summary>Waits for a line that contains a text. False: the time ran out, or it ended first.</summary>
    public bool WaitForLine(string text, double atMostSeconds)
    {
        var end = Stopwatch.GetTimestamp() + (long)(atMostSeconds * Stopwatch.Frequency);
        lock (_lines)
        {
            while (!_lines.Exists(line => line.Contains(text, StringComparison.Ordinal)))
            {
                var left = (end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency;
                if (left <= 0 || (_process.HasExited && !System.Threading.Monitor.Wait(_lines, 200)))
                    return _lines.Exists(line => line.Contains(text, StringComparison.Ordinal));
                System.Threading.Monitor.Wait(_lines, (int)Math.Min(left, 200));
            }

            return true;
        }
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => _ = Signal(_process.Id, Sigterm);

    /// <summary>SIGUSR1.</summary>
    public void SignalUser1() => _ = Signal(_process.Id, Sigusr1);

    /// <summary>Number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>SIGKILL.</summary>
    public void Kill() => _ = Signal(_process.Id, Sigkill);

    /// <summary>Waits for its end. False: the time ran out.</summary>
    public bool WaitForExit(double atMostSeconds) => _process.WaitForExit(TimeSpan.FromSeconds(atMostSeconds));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _log?.WriteLine(line);
        lock (_lines)
        {
            _lines.Add(line);
            System.Threading.Monitor.PulseAll(_lines);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
