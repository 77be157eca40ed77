using System.Globalization;
using Edge.Hil.RealTime;
using Edge.Realtime;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>
/// Wake-up lateness of the shipped controller with everything on, against cyclictest at the same time: same core, same priority, same rate.
/// </summary>
/// <remarks>
/// Two FIFO threads of one priority on one core delay one another when they are due together, so they are kept half a period apart: the loop wakes at
/// <see cref="LoopRunner.Phase"/> of each period of CLOCK_MONOTONIC, cyclictest opposite. Taking turns instead (ABAB) was left out: the controller's loop cannot be
/// stopped while everything else goes on, and what the two would then see is not the same minute.
/// </remarks>
internal sealed class LoopItem(bool stressed) : IBenchItem
{
    private const double MostRatio = 1.1;
    private const int HistogramUs = 1_000_000; // the most that cyclictest counts
    private static readonly (string Name, double Fraction)[] Judged = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];

    /// <inheritdoc/>
    public string Key => stressed ? "loopStressed" : "loop";

    /// <inheritdoc/>
    public string Title => stressed ? "Wake-up lateness of the 1 kHz loop, everything on, under stress-ng" : "Wake-up lateness of the 1 kHz loop, everything on";

    /// <inheritdoc/>
    public string Goal => "at most 1.1 x cyclictest at p50, p99 and p99.9";

    /// <inheritdoc/>
    public double WantedSeconds => 165;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        using var session = new ControllerSession(context, Key);
        session.Traffic.Start(session.Instructions);
        session.WarmUp(context);
        var seconds = (int)Math.Max(10, context.Seconds - ControllerSession.OverheadSeconds);
        using var stress = stressed ? ChildProcess.Start("stress-ng", ["--cpu", "0", "--vm", "0", "--vm-bytes", "64m", "--io", "0", "--timeout", $"{seconds + 30}"]) : null;
        if (stressed)
            context.Wait(2, "starting stress-ng", 0.3, 0.3);
        var limit = Cyclictest(context, session.Robot.Loop, seconds, session.Edge.SignalUser1);
        var report = session.End();
        var ours = Latencies.Of(report.LatenessNs, report.Loop.LatenessUs.Max);
        LatencyPicture.Write(context.File($"{Key}.svg"), Title, [("edge", ours), ("cyclictest", limit)]);
        var (finished, other) = session.Traffic.Tasks;
        var tick = report.Loop.TickUs;
        return BenchResult.Of(
            string.Join(", ", Judged.Select(quantile => string.Create(CultureInfo.InvariantCulture,
                $"{quantile.Name} {ours.QuantileUs(quantile.Fraction) / limit.QuantileUs(quantile.Fraction):0.00} x ({ours.QuantileUs(quantile.Fraction):0} beside {limit.QuantileUs(quantile.Fraction):0} us)"))),
            [.. Judged.Select(quantile => new BenchRatio($"{quantile.Name} lateness", ours.QuantileUs(quantile.Fraction), "cyclictest", limit.QuantileUs(quantile.Fraction), "us", AtMost: MostRatio))],
            [
                Row("edge lateness", ours),
                Row("cyclictest lateness", limit),
                new("edge tick", [new("p50", tick.P50, "us"), new("p99", tick.P99, "us"), new("p99.9", tick.P999, "us"), new("max", tick.Max, "us")]),
                new("run", [new("ticks", report.Loop.Ticks, ""), new("missed", report.Loop.Missed, ""), new("tasks finished", finished, ""), new("other tasks", other, ""), new("planner exercises", report.Planner.Exercises, ""), new("chunks", report.Policy.Chunks, "")]),
            ],
            reason: "both threads see the machine's own stalls, so the rest is what the controller adds",
            tried: "FIFO priority, a core of its own, locked memory, deadlines off the kernel's tick, reads that never wait for the kernel's tty worker, no allocation",
            pictures: [$"{Key}.svg"]);
    }

    /// <summary>Runs cyclictest opposite the loop; <paramref name="begin"/> is called as it starts to measure.</summary>
    private static Latencies Cyclictest(BenchContext context, LoopDescription loop, int seconds, Action begin)
    {
        var (periodUs, results) = (1_000_000 / loop.RateHz, context.File("cyclictest.json"));
        File.Delete(results);
        var phaseUs = (int)((LoopRunner.Phase + 0.5) % 1 * periodUs);
        using var cyclictest = ChildProcess.Start("cyclictest",
        [
            "--quiet", "--mlockall", "--threads=1", $"--priority={loop.Priority}", $"--affinity={(loop.Cpu >= 0 ? loop.Cpu : LastCpu())}", $"--interval={periodUs}", $"--secaligned={phaseUs}",
            $"--duration={seconds}", $"--histogram={HistogramUs}", $"--json={results}",
        ]);
        begin();
        context.Wait(seconds, "the loop beside cyclictest", 0.3);
        if (!cyclictest.WaitForExit(10) || cyclictest.ExitCode != 0)
            throw new BenchException($"cyclictest did not end well; it said: {string.Join(' ', cyclictest.Lines.TakeLast(3))}");
        return Latencies.OfCyclictest(results);
    }

    /// <summary>The last CPU that this process, and so the controller, may run on.</summary>
    private static int LastCpu()
    {
        var allowed = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
        return int.Parse(allowed.Split(':', ',', '-')[^1], CultureInfo.InvariantCulture);
    }

    private static BenchRow Row(string name, Latencies latencies) =>
        new(name, [.. Judged.Select(quantile => new BenchNumber(quantile.Name, latencies.QuantileUs(quantile.Fraction), "us")), new("max", latencies.MaxUs, "us")]);
}
