namespace Edge.Hil.Bench;

/// <summary>What an item of the benchmark is given.</summary>
/// <param name="Folder">Folder for the item's pictures and raw data; it exists.</param>
/// <param name="Edge">The published controller.</param>
/// <param name="RobotFile">Robot file to start from; its package paths are relative to the working directory, the repository.</param>
/// <param name="Seconds">How long the item may take, set-up and warm-up included.</param>
/// <param name="Progress">Takes the fraction done (0..1) and a few words on what happens now.</param>
/// <param name="Cancel">Cancelled when the user gives up: leave with <see cref="OperationCanceledException"/>, end what was started.</param>
public sealed record BenchContext(string Folder, string Edge, string RobotFile, double Seconds, Action<double, string> Progress, CancellationToken Cancel)
{
    /// <summary>Reports progress, and leaves where the user has given up.</summary>
    /// <exception cref="OperationCanceledException">The user has given up.</exception>
    public void Report(double fraction, string what)
    {
        Cancel.ThrowIfCancellationRequested();
        Progress(Math.Clamp(fraction, 0, 1), what);
    }

    /// <summary>Lets so many seconds pass while it reports, from a fraction done to another.</summary>
    /// <exception cref="OperationCanceledException">The user has given up.</exception>
    public void Wait(double seconds, string what, double from = 0, double to = 1)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            Report(from + ((to - from) * watch.Elapsed.TotalSeconds / seconds), what);
            Thread.Sleep(100);
        }
    }

    /// <summary>Path of a file of the item's in <see cref="Folder"/>.</summary>
    public string File(string name) => Path.Combine(Folder, name);
}
