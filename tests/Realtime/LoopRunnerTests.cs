using Edge.Realtime;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Realtime;

/// <summary>The loop's thread: it ticks, counts and, however it ends, takes the energy out.</summary>
public sealed class LoopRunnerTests
{
    private static readonly LoopDescription Ordinary = new(RateHz: 1000, Priority: 0, Cpu: -1, MaxMissedTicksInARow: 20);

    [Fact]
    public void TicksAllocateNothing() => Assert.Equal(0, Allocations.Least(() =>
    {
        var stage = new Stage(ticksWanted: 50);
        using var runner = new LoopRunner(stage, Ordinary);
        runner.Start();
        stage.WaitUntilDone();
        runner.Stop();
        return runner.Statistics.Report().AllocatedBytes;
    }));

    [Fact]
    public void TicksAreCounted()
    {
        var stage = new Stage(ticksWanted: 50);
        using var runner = new LoopRunner(stage, Ordinary);
        runner.Start();
        stage.WaitUntilDone();
        runner.Stop();

        var report = runner.Statistics.Report();
        Assert.Empty(runner.Warnings);
        Assert.Null(runner.Failure);
        Assert.Equal(stage.Ticks, report.Ticks);
        Assert.Equal(stage.Missed, report.Missed);
        Assert.Equal(1000, report.RateHz);
        Assert.True(report.LatenessUs.P50 <= report.LatenessUs.P99 && report.LatenessUs.P99 <= report.LatenessUs.Max);
        Assert.True(report.TickUs.P50 <= report.TickUs.Max);
        Assert.True(stage.Abandoned > 1);
    }

    [Fact]
    public void AStageThatThrowsEndsTheLoopAndTheEnergyGoesOut()
    {
        var stage = new Stage(ticksWanted: 5) { Throws = true };
        using var runner = new LoopRunner(stage, Ordinary);
        runner.Start();
        stage.WaitUntilDone();
        runner.Stop();
        Assert.Equal("broken", runner.Failure?.Message);
        Assert.True(stage.Abandoned > 1);
        Assert.Equal(5, stage.Ticks);
    }

    [Fact]
    public void WhatTheKernelRefusesIsSaidInASentence()
    {
        var impossible = Ordinary with { Cpu = 1023 };
        using var tolerant = new LoopRunner(new Stage(1), impossible);
        tolerant.Start();
        tolerant.Stop();
        Assert.StartsWith("Pinning to CPU 1023 was refused (", Assert.Single(tolerant.Warnings), StringComparison.Ordinal);

        var stage = new Stage(1);
        using var strict = new LoopRunner(stage, impossible, requireRealtime: true);
        Assert.Contains("CPU 1023", Assert.Throws<InvalidOperationException>(strict.Start).Message, StringComparison.Ordinal);
        strict.Stop();
        Assert.Equal(0, stage.Ticks);
    }

    [Fact]
    public void SchedulingActsOnTheCallingThreadOnly()
    {
        string? idle = "not run", pinned = "not run";
        var thread = new Thread(() => (idle, pinned) = (Scheduling.UseIdle(), Scheduling.Pin(-1)));
        thread.Start();
        thread.Join();
        Assert.Null(idle);
        Assert.Null(pinned);
        Assert.Contains("does not exist", Scheduling.Pin(5000), StringComparison.Ordinal);
        Assert.Null(Scheduling.UseFifo(0));
    }

    private sealed class Stage(int ticksWanted) : IPeriodic
    {
        private volatile bool _done; // an event's Set would allocate on the loop's thread

        public bool Throws { get; init; }

        public int Ticks { get; private set; }

        public int Missed { get; private set; }

        public int Abandoned { get; private set; }

        public void Tick(long nowNs, int missedTicks)
        {
            Ticks++;
            Missed += missedTicks;
            if (Ticks < ticksWanted)
                return;
            if (Throws)
            {
                _done = true;
                throw new InvalidOperationException("broken");
            }

            if (Ticks == ticksWanted)
                _done = true;
        }

        public void WaitUntilDone() => Assert.True(SpinWait.SpinUntil(() => _done, TimeSpan.FromSeconds(30)));

        public void Abandon(long nowNs) => Abandoned++;
    }
}
