using System.Globalization;
using Edge.Hil.RealTime;
using Edge.Realtime;
using Edge.Telemetry;

namespace Edge.Hil.Bench;

/// <summary>
/// How long it takes from outside to outside: from a picture to the first command that used it (the controller's own count), from a request over MQTT to the first
/// command that moves, and from a stop over MQTT to the first command of rest (both seen by the rig on the bus).
/// </summary>
internal sealed class EndToEndItem : IBenchItem
{
    private const double MotionGoalSeconds = 1;
    private const double TrialSeconds = 18; // a task cut short by the stop, recovery, and a whole task that ends at home
    private const double MovingSeconds = 0.4;
    private const double WaitSeconds = 20;

    /// <inheritdoc/>
    public string Key => "endToEnd";

    /// <inheritdoc/>
    public string Title => "From picture, request and stop to the command on the bus";

    /// <inheritdoc/>
    public string Goal => "picture to command within policy.maxChunkAgeSeconds, request to motion within 1 s, stop to rest within safety.stopSeconds";

    /// <inheritdoc/>
    public double WantedSeconds => 120;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        var limits = Robots.RobotFile.Load(context.RobotFile);
        var watch = new MotionWatch(limits.Joints.Length);
        using var session = new ControllerSession(context, Key, exercisePlanner: false, watch);
        var (toMotion, toRest) = (new Histogram(), new Histogram());
        var trials = Math.Max(2, (int)((context.Seconds - 15) / TrialSeconds));
        for (var i = 0; i < trials; i++)
        {
            context.Report((double)i / trials, $"trial {i + 1} of {trials}");
            toMotion.Record(RequestToMotion(session, watch, session.Instructions[i % session.Instructions.Count]));
            Thread.Sleep(TimeSpan.FromSeconds(MovingSeconds));
            toRest.Record(StopToRest(session, watch));
            Recover(session);
        }

        var report = session.End();
        var (frame, motion, rest) = (report.Policy.FrameToCommandUs, QuantilesUs.Of(toMotion), QuantilesUs.Of(toRest));
        return BenchResult.Of(
            string.Create(CultureInfo.InvariantCulture, $"picture to command p50 {frame.P50 / 1e3:0} ms, p99 {frame.P99 / 1e3:0} ms; request to motion {motion.P50 / 1e3:0} ms; stop to rest {rest.P50 / 1e3:0} ms (medians)"),
            [
                BenchRatio.Limit("picture to command, p99", frame.P99 / 1e3, limits.Policy.MaxChunkAgeSeconds * 1e3, "ms"),
                BenchRatio.Limit("request to motion, largest", motion.Max / 1e3, MotionGoalSeconds * 1e3, "ms"),
                BenchRatio.Limit("stop to rest, largest", rest.Max / 1e3, limits.Safety.StopSeconds * 1e3, "ms"),
            ],
            [Row("picture to command", frame, report.Policy.Chunks), Row("request to motion", motion, toMotion.Count), Row("stop to rest", rest, toRest.Count)],
            reason: "a request waits for the arm to settle (150 ms), the next picture (up to 100 ms), the planner and the policy");
    }

    private static long RequestToMotion(ControllerSession session, MotionWatch watch, string instruction)
    {
        Until(() => watch.RestSinceNs != 0, "the arm does not come to rest before a task", session);
        var (_, sentNs) = session.Traffic.SendTask(instruction);
        Until(() => watch.MotionSinceNs > sentNs, $"the arm does not move for \"{instruction}\"", session);
        return watch.MotionSinceNs - sentNs;
    }

    private static long StopToRest(ControllerSession session, MotionWatch watch)
    {
        Until(() => watch.MotionSinceNs != 0, "the arm rests where it should move", session);
        var sentNs = session.Traffic.SendInstant("stop");
        Until(() => watch.RestSinceNs > sentNs, "the arm does not stop", session);
        return watch.RestSinceNs - sentNs;
    }

    /// <summary>Clears the stop, arms, and lets a whole task run: it ends at home.</summary>
    private static void Recover(ControllerSession session)
    {
        Until(() => !IsEnergised(session), "the drives keep their energy after the stop", session);
        Thread.Sleep(200); // the stop is latched
        session.Traffic.SendInstant("clearError");
        Thread.Sleep(2000); // the self-test
        session.Traffic.SendInstant("arm");
        Until(() => IsEnergised(session), "the robot does not arm again after the stop", session);
        var (id, _) = session.Traffic.SendTask(session.Instructions[0]);
        session.Traffic.WaitForEnd(id, WaitSeconds);
    }

    private static bool IsEnergised(ControllerSession session) => session.Robot.Joints.All(joint => session.Rig.Devices.Drive(joint.Name).Enabled);

    private static void Until(Func<bool> condition, string otherwise, ControllerSession session)
    {
        var end = new MonotonicClock().NowNs + (long)(WaitSeconds * 1e9);
        while (!condition())
        {
            if (new MonotonicClock().NowNs > end || session.Edge.HasExited)
                throw new BenchException($"{otherwise}; the controller said:\n{string.Join('\n', session.Edge.Lines.TakeLast(5))}");
            Thread.Sleep(1);
        }
    }

    private static BenchRow Row(string name, QuantilesUs us, long count) =>
        new(name, [new("p50", us.P50 / 1e3, "ms"), new("p99", us.P99 / 1e3, "ms"), new("max", us.Max / 1e3, "ms"), new("count", count, "")]);
}
