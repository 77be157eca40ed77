using Edge.Telemetry;
using Xunit;

namespace Edge.Tests.Realtime;

/// <summary>The watch over the managed heap, on made-up samples; and the meter that takes them.</summary>
public sealed class QuietWatchTests
{
    private const double Window = QuietWatch.WindowSeconds;

    [Fact]
    public void AQuietProcessIsNotTalkedAbout()
    {
        var watch = new QuietWatch();
        for (var i = 0; i < 1000; i++)
            Assert.Null(watch.Look(new(i * 10, i * 9000L, 0), i < 60 ? null : new((i - 60) * 10, (i - 60) * 9000L, 0), loopBytes: 0));
    }

    [Fact]
    public void EachThingIsToldOnceWithItsNumbers()
    {
        var watch = new QuietWatch();
        Assert.Contains("48 bytes", watch.Look(new(10, 48, 0), null, 48), StringComparison.Ordinal);
        Assert.Null(watch.Look(new(20, 96, 0), null, 96));
        Assert.Contains("2 times", watch.Look(new(30, 96, 2), null, 96), StringComparison.Ordinal);
        Assert.Null(watch.Look(new(40, 96, 3), null, 96));
        Assert.Contains("1500 bytes a second", watch.Look(new(Window, (long)(1500 * Window), 3), new(0, 0, 0), 96), StringComparison.Ordinal);
        Assert.Null(watch.Look(new(2 * Window, (long)(3000 * Window), 3), new(Window, (long)(1500 * Window), 3), 96));
    }

    [Fact]
    public void TheRateIsJudgedOverAWholeWindowOnly()
    {
        var watch = new QuietWatch();
        Assert.Null(watch.Look(new(10, 50_000_000, 0), null, 0)); // a start may cost what it likes
        Assert.Null(watch.Look(new(Window + 10, 50_000_000 + (long)(999 * Window), 0), new(10, 50_000_000, 0), 0));
    }

    [Fact]
    public void TheMeterSamplesEveryTenSecondsAndNamesTheThreadThatAllocates()
    {
        var meter = new AllocationMeter();
        var busy = meter.Thread("busy");
        busy.Note();
        meter.Begin(5_000_000_000);
        Assert.False(meter.TrySample(5_000_000_001 + 9_000_000_000));
        GC.KeepAlive(new byte[200_000]);
        busy.Note();
        Assert.True(meter.TrySample(15_000_000_000));
        Assert.False(meter.TrySample(16_000_000_000));
        Assert.Equal(2, meter.Count);
        Assert.InRange(meter[1].Bytes - meter[0].Bytes, 200_000, long.MaxValue);
        var report = meter.Report(20_000_000_000);
        Assert.Equal(15, report.Seconds);
        Assert.InRange(report.BytesByThread["busy"], 200_000, 300_000);
        Assert.Equal(report.Bytes / 15.0, report.BytesPerSecond);
    }
}
