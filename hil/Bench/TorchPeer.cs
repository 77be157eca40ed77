using System.Diagnostics;
using System.Globalization;

namespace Edge.Hil.Bench;

/// <summary>The same package in PyTorch, in a process of its own that draws a chunk when asked (models/training/policy/bench_peer.py).</summary>
internal sealed class TorchPeer : IDisposable
{
    private const string Python = "/usr/bin/python3"; // Debian's, which has Debian's torch

    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <summary>Starts it and waits until it has proved by the golden input that it is the same network.</summary>
    /// <exception cref="BenchException">PyTorch is missing, or the network is another one.</exception>
    public TorchPeer(string package)
    {
        var start = new ProcessStartInfo(Python, ["-m", "policy.bench_peer", Path.GetFullPath(package)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONPATH"] = Path.GetFullPath(Path.Combine("models", "training"));
        start.Environment["OMP_NUM_THREADS"] = "1";
        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchException($"{Python}: {e.Message}; run 'scripts/setup.sh --bench'", e);
        }

        _errors = _process.StandardError.ReadToEndAsync();
        if (_process.StandardOutput.ReadLine() != "ready")
            throw Broken();
    }

    /// <summary>Draws a chunk; nanoseconds of processor time.</summary>
    /// <param name="how">"eager" or "jit".</param>
    public long Draw(string how)
    {
        _process.StandardInput.WriteLine(how);
        _process.StandardInput.Flush();
        return long.TryParse(_process.StandardOutput.ReadLine(), CultureInfo.InvariantCulture, out var ns) ? ns : throw Broken();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
            _process.Kill();
        _process.Dispose();
    }

    private BenchException Broken()
    {
        _process.WaitForExit(5000);
        var last = _errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it ended without a word";
        return new BenchException($"the PyTorch peer does not run: {last}{(last.Contains("No module", StringComparison.Ordinal) ? "; run 'scripts/setup.sh --bench'" : "")}");
    }
}
