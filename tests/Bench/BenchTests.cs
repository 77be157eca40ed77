using Edge.Hil.Bench;
using Edge.Telemetry;
using Xunit;

namespace Edge.Tests.Bench;

/// <summary>How the benchmark reads, compares and judges; nothing is measured here.</summary>
public sealed class BenchTests
{
    [Theory]
    [InlineData(11, 10, 1.1, null, true)]
    [InlineData(11.1, 10, 1.1, null, false)]
    [InlineData(0, 0, 1.0, null, true)] // a limit of none
    [InlineData(1, 0, 1.0, null, false)]
    [InlineData(30, 10, null, 3.0, true)]
    [InlineData(29, 10, null, 3.0, false)]
    [InlineData(double.NaN, 10, 1.1, null, false)]
    [InlineData(1, 10, null, null, true)]
    public void ARatioMeetsItsGoalOrNot(double value, double peer, double? atMost, double? atLeast, bool met) =>
        Assert.Equal(met, new BenchRatio("x", value, "peer", peer, "us", atMost, atLeast).Met);

    [Fact]
    public void AMissedGoalNamesWhatMissedIt()
    {
        var missed = BenchResult.Of("s", [new("p50", 1, "them", 1, "us", AtMost: 1.1), new("p99", 24, "them", 20, "us", AtMost: 1.1)], [], "the cause", "two things");
        Assert.False(missed.Met);
        Assert.Equal("p99 24 us beside 20 us of them: 1.20 x, at most 1.1 x allowed; the cause", missed.Reason);
        Assert.Equal("two things", missed.Tried);
        var met = BenchResult.Of("s", [new("p50", 1, "them", 1, "us", AtMost: 1.1)], [], "the cause", "two things");
        Assert.True(met.Met);
        Assert.Null(met.Reason);
        Assert.Null(met.Tried);
    }

    [Fact]
    public void QuantilesAreTheSameForCoarseAndFineBuckets()
    {
        // 1000 values, one each microsecond, by both tools.
        var histogram = new Histogram();
        for (var us = 0; us < 1000; us++)
            histogram.Record((us * 1000) + 500);
        var fine = Latencies.Of(histogram.Buckets(), 999.5);
        var folder = Directory.CreateTempSubdirectory("edge-bench-").FullName;
        var path = Path.Combine(folder, "cyclictest.json");
        var counts = string.Join(",", Enumerable.Range(0, 1000).Select(us => $"\"{us}\":1"));
        File.WriteAllText(path, "{\"thread\":{\"0\":{\"histogram\":{" + counts + "},\"cycles\":1000,\"min\":0,\"max\":999}}}");
        var coarse = Latencies.OfCyclictest(path);
        foreach (var fraction in new[] { 0.1, 0.5, 0.9, 0.99 })
        {
            Assert.InRange(fine.QuantileUs(fraction), (1000 * fraction) - 10, (1000 * fraction) + 10);
            Assert.InRange(coarse.QuantileUs(fraction), (1000 * fraction) - 1, (1000 * fraction) + 1);
        }

        Assert.Equal(999.5, fine.QuantileUs(1));
        Assert.Equal(1000, coarse.Count);
        File.WriteAllText(path, "{}");
        Assert.Contains("cyclictest", Assert.Throws<BenchException>(() => Latencies.OfCyclictest(path)).Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void TheBucketsOfAHistogramHoldEveryValueOnce()
    {
        var histogram = new Histogram();
        var random = new Random(5);
        for (var i = 0; i < 10_000; i++)
            histogram.Record((long)Math.Exp(random.NextDouble() * 20));
        var buckets = histogram.Buckets();
        Assert.Equal(10_000, buckets.Sum(bucket => bucket.Count));
        for (var i = 1; i < buckets.Count; i++)
            Assert.True(buckets[i].From > buckets[i - 1].To);
        Assert.All(buckets, bucket => Assert.InRange(bucket.To - bucket.From, 0, bucket.From / 64));
    }

    [Fact]
    public void TheReportKeepsItsKeysAndTheReadmeItsText()
    {
        var folder = Directory.CreateTempSubdirectory("edge-bench-").FullName;
        var path = Path.Combine(folder, BenchReport.FileName);
        var item = BenchItems.All[0];
        var result = BenchResult.Of("1.2 x", [new("p99", 24, "them", 20, "us", AtMost: 1.1)], [new("row", [new("p50", 1, "us")])], "noise", "hard");
        Dictionary<string, BenchEntry> entries = new() { [item.Key] = new(item.Title, item.Goal, result.Met, 3, new DateTime(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc), "a machine", result) };
        BenchReport.Write(path, entries);
        var again = BenchReport.Read(path);
        Assert.Equal(BenchTable.Markdown(entries), BenchTable.Markdown(again));
        var text = BenchTable.Part.Replace("before\n<!-- made by 'edge-hil bench --readme' -->\nold\n<!-- end of the benchmark's table -->\nafter", BenchTable.Markdown(again));
        Assert.StartsWith("before\n<!--", text, StringComparison.Ordinal);
        Assert.EndsWith("-->\nafter", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old", text, StringComparison.Ordinal);
        Assert.Contains($"| {item.Title} | 1.2 x | {item.Goal} | **no** |", text, StringComparison.Ordinal);
        Assert.Contains("Tried: Hard.", text, StringComparison.Ordinal);
        Assert.Contains("a machine, 2026-01-02", text, StringComparison.Ordinal);
        Assert.Null(BenchTable.Part.Replace("no marks", BenchTable.Markdown(again)));
        File.WriteAllText(path, "{\"loop\": 3}");
        Assert.Throws<BenchException>(() => BenchReport.Read(path));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void KeysAreUniqueAndTheRunFitsInTwentyMinutes()
    {
        Assert.Equal(BenchItems.All.Count, BenchItems.All.Select(item => item.Key).Distinct().Count());
        Assert.InRange(BenchItems.All.Sum(item => item.WantedSeconds), 1, 20 * 60);
    }

    [Fact]
    public void AJointSplitIntoManyKeepsTheArmsShape()
    {
        var robot = Motion.ReferenceArm.Robot;
        foreach (var times in new[] { 2, 8 })
        {
            var many = TickRig.Multiply(robot, times);
            Assert.Equal(times * robot.Joints.Length, many.Joints.Length);
            Edge.Control.JointVector few = default, all = default;
            robot.HomeRad.CopyTo(few);
            many.HomeRad.CopyTo(all);
            var (expected, found) = (new Edge.Control.Motion.ArmKinematics(robot).Forward(few), new Edge.Control.Motion.ArmKinematics(many).Forward(all));
            Assert.Equal(expected.X, found.X, 1e-9);
            Assert.Equal(expected.Z, found.Z, 1e-9);
            Assert.All(many.Buses.Where(bus => bus.Kind == "slcan"), bus => Assert.Equal(robot.Joints.Length, many.Joints.Count(joint => joint.Drive.Bus == bus.Name)));
        }
    }
}
