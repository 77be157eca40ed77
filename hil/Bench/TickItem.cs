using System.Globalization;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>Processor time of one tick of the loop, drivers included, and how it grows with the joints.</summary>
internal sealed class TickItem : IBenchItem
{
    private const double GoalUs = 25;
    private const int TicksPerSecond = 3000; // so many are run in a second of the item's time, all sizes together
    private static readonly int[] Multiples = [1, 2, 4, 8];

    /// <inheritdoc/>
    public string Key => "tick";

    /// <inheritdoc/>
    public string Title => "Processor time of one tick, 6 CAN drives and a servo on in-memory links";

    /// <inheritdoc/>
    public string Goal => "p99 below 25 us";

    /// <inheritdoc/>
    public double WantedSeconds => 30;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        var robot = RobotFile.Load(context.RobotFile);
        var ticks = (int)Math.Max(2000, context.Seconds * TicksPerSecond / Multiples.Length);
        var rows = new List<BenchRow>();
        double p50 = 0, p99 = 0, largest = 0;
        foreach (var times in Multiples)
        {
            var joints = times * robot.Joints.Length;
            context.Report((double)rows.Count / Multiples.Length, $"{joints} joints");
            using var rig = new TickRig(TickRig.Multiply(robot, times));
            rig.Run(ticks / 10); // caches and branches
            var took = rig.Run(ticks);
            (double P50, double P99) us = (took.Quantile(0.5) / 1e3, took.Quantile(0.99) / 1e3);
            if (times == 1)
                (p50, p99) = us;
            largest = us.P50;
            rows.Add(new($"{joints} joints", [new("p50", us.P50, "us"), new("p99", us.P99, "us"), new("max", took.Max / 1e3, "us"), new("p50 a joint", us.P50 / joints, "us")]));
        }

        return BenchResult.Of(
            string.Create(CultureInfo.InvariantCulture, $"p99 {p99:0.0} us, p50 {p50:0.0} us; {Multiples[^1]} times the joints: p50 {largest / p50:0.0} x"),
            [BenchRatio.Limit("p99 of a tick", p99, GoalUs, "us")],
            rows,
            reason: "six frames out and in as SLCAN text, gravity, inverse kinematics and the limits take this long on this processor",
            tried: "no allocation, no locks, one write a bus, kinematics with analytic Jacobian");
    }
}
