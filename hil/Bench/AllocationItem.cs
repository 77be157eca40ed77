using System.Globalization;
using Edge.Host;

namespace Edge.Hil.Bench;

/// <summary>What the controller takes from the managed heap with everything on: a collection would suspend the loop.</summary>
internal sealed class AllocationItem : IBenchItem
{
    private const double BytesPerSecondGoal = 1000;

    /// <inheritdoc/>
    public string Key => "allocation";

    /// <inheritdoc/>
    public string Title => "Managed allocation, everything on";

    /// <inheritdoc/>
    public string Goal => "loop thread 0 bytes; whole process below 1 kB/s; no collection";

    /// <inheritdoc/>
    public double WantedSeconds => 150;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        using var session = new ControllerSession(context, Key);
        session.Traffic.Start(session.Instructions);
        session.WarmUp(context);
        context.Wait(Math.Max(20, context.Seconds - ControllerSession.OverheadSeconds), "tasks, planner without pause, 100 MQTT messages a second", 0.3);
        return Judge(session.End(), session.Traffic);
    }

    private static BenchResult Judge(RunReport report, TaskTraffic traffic)
    {
        var heap = report.Allocation;
        var (finished, other) = traffic.Tasks;
        return BenchResult.Of(
            string.Create(CultureInfo.InvariantCulture, $"loop {report.Loop.AllocatedBytes} bytes, process {heap.BytesPerSecond:0} bytes/s, {heap.Collections} collections in {heap.Seconds:0} s"),
            [
                BenchRatio.Limit("allocated by the loop thread", report.Loop.AllocatedBytes, 0, "bytes"),
                BenchRatio.Limit("allocated by the process", heap.BytesPerSecond, BytesPerSecondGoal, "bytes/s"),
                BenchRatio.Limit("collections", heap.Collections, 0, ""),
            ],
            [
                new("by thread", [.. heap.BytesByThread.Select(thread => new BenchNumber(thread.Key, thread.Value / heap.Seconds, "bytes/s"))]),
                new("work done", [new("tasks finished", finished, ""), new("other tasks", other, ""), new("planner exercises", report.Planner.Exercises, ""), new("chunks", report.Policy.Chunks, ""), new("messages", traffic.Sent, "")]),
            ],
            reason: "what is left is a task's own: its words, its calls and its reports, each a new object that nobody else can change",
            tried: "one buffer for all messages, files written from buffers that stay, names that are no new strings, no enumerators");
    }
}
