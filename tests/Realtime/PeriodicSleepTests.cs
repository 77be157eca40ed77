using Edge.Realtime;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Realtime;

/// <summary>The sleep policy on made-up times; nothing here sleeps.</summary>
public sealed class PeriodicSleepTests
{
    private const long Period = 1_000_000;

    [Fact]
    public void OnTimeTheGridGoesOnPointByPoint()
    {
        var schedule = PeriodicSleep.Start(500, Period, phase: 0.25);
        for (var k = 0; k < 5; k++)
        {
            Assert.Equal((k * Period) + (Period / 4), schedule.DueNs);
            Assert.Equal(0, PeriodicSleep.Arrive(ref schedule, schedule.DueNs + 40_000));
            PeriodicSleep.Leave(ref schedule, schedule.DueNs + 300_000);
        }
    }

    [Fact]
    public void TheGridLiesAtItsPhaseOfTheClockWheneverItIsStarted() =>
        Check.One(
            Config.QuickThrowOnFailure,
            Prop.ForAll(Gen.Zip(Gen.Choose(0, int.MaxValue), Gen.Choose(0, 3)).ToArbitrary(), start =>
            {
                var schedule = PeriodicSleep.Start(start.Item1, Period, start.Item2 / 4.0);
                Assert.Equal(start.Item2 * Period / 4, schedule.DueNs % Period);
                Assert.InRange(schedule.DueNs - start.Item1, 1, Period);
            }));

    [Fact]
    public void ALateWakeUpIsToldAtOnceAndNotMadeUpFor()
    {
        var schedule = PeriodicSleep.Start(0, Period);
        Assert.Equal(25, PeriodicSleep.Arrive(ref schedule, (26 * Period) + 300_000));
        PeriodicSleep.Leave(ref schedule, (26 * Period) + 400_000);
        Assert.Equal(27 * Period, schedule.DueNs);
        Assert.Equal(0, PeriodicSleep.Arrive(ref schedule, 27 * Period));
    }

    [Fact]
    public void ATickThatTakesTooLongSkipsPointsAndTheNextTickIsToldSo()
    {
        var schedule = PeriodicSleep.Start(0, Period);
        PeriodicSleep.Arrive(ref schedule, Period);
        PeriodicSleep.Leave(ref schedule, Period + 1_500_000);
        Assert.Equal(3 * Period, schedule.DueNs);
        Assert.Equal(1, PeriodicSleep.Arrive(ref schedule, 3 * Period));
    }

    [Fact]
    public void EveryPointIsEitherATickOrMissedAndTicksNeverBunch() =>
        Check.One(
            Config.QuickThrowOnFailure,
            Prop.ForAll(
                Gen.Zip(Gen.Choose(0, 5_000_000), Gen.Choose(0, 3_000_000)).ListOf().ToArbitrary(),
                delays =>
                {
                    var schedule = PeriodicSleep.Start(7, Period);
                    long ticks = 0, missed = 0, lastPoint = 0, now = 7;
                    foreach (var (late, work) in delays)
                    {
                        Assert.True(schedule.DueNs >= now);
                        now = schedule.DueNs + late;
                        missed += PeriodicSleep.Arrive(ref schedule, now);
                        ticks++;
                        Assert.InRange(now - schedule.DueNs, 0, Period - 1);
                        Assert.True(schedule.DueNs > lastPoint);
                        lastPoint = schedule.DueNs;
                        Assert.Equal((ticks + missed) * Period, lastPoint);
                        now += work;
                        PeriodicSleep.Leave(ref schedule, now);
                    }
                }));

    [Fact]
    public void SleepingEndsNoSoonerThanAsked()
    {
        var clock = new MonotonicClock();
        var due = clock.NowNs + 2_000_000;
        PeriodicSleep.Until(due);
        Assert.True(clock.NowNs >= due);
        PeriodicSleep.Until(due - 1); // the past: returns
    }

    [Fact]
    public void AVirtualClockMovesOnlyWhenToldAndNeverBack()
    {
        var clock = new VirtualClock(5);
        clock.Advance(10);
        Assert.Equal(15, clock.NowNs);
        Assert.Throws<ArgumentOutOfRangeException>(() => clock.Advance(-1));
    }
}
