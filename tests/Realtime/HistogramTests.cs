using System.Text.Json;
using Edge.Telemetry;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Realtime;

/// <summary>The histogram against sorting.</summary>
public sealed class HistogramTests
{
    [Fact]
    public void QuantilesAgreeWithSortingWithinABucket() =>
        Check.One(
            Config.QuickThrowOnFailure,
            Prop.ForAll(
                Gen.Zip(Gen.Choose(0, 38), Gen.Choose(0, 1_000_000)).Select(x => (long)((1L << x.Item1) * (1 + (x.Item2 * 1e-6)))).NonEmptyListOf().ToArbitrary(),
                values =>
                {
                    var histogram = new Histogram();
                    foreach (var value in values)
                        histogram.Record(value);
                    var sorted = values.Order().ToArray();
                    Assert.Equal(sorted.Length, histogram.Count);
                    Assert.Equal(sorted[^1], histogram.Max);
                    foreach (var fraction in new[] { 0, 0.1, 0.5, 0.9, 0.99, 0.999, 1 })
                    {
                        var exact = sorted[Math.Max(1, (int)Math.Ceiling(fraction * sorted.Length)) - 1];
                        var found = histogram.Quantile(fraction);
                        Assert.InRange(found, exact, exact + (exact / 64));
                    }
                }));

    [Fact]
    public void SmallValuesAreExactAndTheEdgesHold()
    {
        for (long value = 0; value < 128; value++)
        {
            var histogram = new Histogram();
            histogram.Record(value);
            histogram.Record(1L << 30);
            Assert.Equal(value, histogram.Quantile(0.5));
        }

        var edges = new Histogram();
        Assert.Equal(0, edges.Quantile(0.5));
        edges.Record(-5);
        edges.Record(long.MaxValue);
        Assert.Equal(0, edges.Quantile(0.5));
        Assert.Equal(long.MaxValue, edges.Max);
        Assert.Equal((1L << 40) - 1, edges.Quantile(1)); // the largest bucket
        edges.Clear();
        Assert.Equal((0, 0), (edges.Count, edges.Max));
    }

    [Fact]
    public void RecordingAllocatesNothing()
    {
        var statistics = new LoopStatistics(1000);
        statistics.Begin();
        statistics.Record(10, 20, 0);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 10_000; i++)
                statistics.Record(i * 37, i * 11, i % 100 == 0 ? 3 : 0);
        }));
    }

    [Fact]
    public void TheReportIsPublishedUnderItsDocumentedNames()
    {
        var statistics = new LoopStatistics(500);
        statistics.Begin();
        statistics.Record(1000, 20_000, 0);
        statistics.Record(3000, 10_000, 4);
        statistics.End();
        var report = statistics.Report() with { GcCollections = 0 }; // other tests collect too
        var json = JsonSerializer.Serialize(report, TelemetryJson.Default.LoopReport);
        Assert.Equal(
            """{"rateHz":500,"ticks":2,"missed":4,"longestMiss":4,"latenessUs":{"p50":1.007,"p99":3,"p999":3,"max":3},"tickUs":{"p50":10.111,"p99":20,"p999":20,"max":20},"allocatedBytes":0,"gcCollections":0}""",
            json);
    }
}
