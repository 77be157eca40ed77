using Edge.Inference;
using Xunit;

namespace Edge.Tests.Inference;

public class GoldenCheckTests
{
    private static readonly float[] Expected = [.. Enumerable.Range(0, 200).Select(i => (float)Math.Sin(i))];

    [Fact]
    public void RoundingPasses()
    {
        var check = new GoldenCheck("golden.bin");
        check.Compare("y", [.. Expected.Select(v => (float)(Half)v)], Expected);
        Assert.InRange(check.Cosine, 0.99999, 1);
    }

    public static TheoryData<string, Func<float, int, float>> Wrong => new()
    {
        { "nothing", (v, i) => 0 },
        { "not a number", (v, i) => i == 7 ? float.NaN : v },
        { "negated", (v, i) => -v },
        { "scaled", (v, i) => 1.1f * v },
        { "shifted", (v, i) => (float)Math.Sin(i - 1) },
        { "noisy", (v, i) => v + (0.05f * (i % 2 == 0 ? 1 : -1)) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void OtherAnswersDoNot(string how, Func<float, int, float> change)
    {
        var found = Expected.Select((v, i) => change(v, i)).ToArray();
        var message = Assert.Throws<ModelException>(() => new GoldenCheck("golden.bin").Compare("y", found, Expected)).Message;
        Assert.True(message.StartsWith("golden.bin: y: found outputs of cosine ", StringComparison.Ordinal), $"{how}: {message}");
    }

    [Fact]
    public void TheLeastCosineIsKept()
    {
        var check = new GoldenCheck("golden.bin");
        check.Compare("y", [.. Expected.Select((v, i) => v + (0.01f * (i % 2 == 0 ? 1 : -1)))], Expected);
        var least = check.Cosine;
        check.Compare("y", Expected, Expected);
        Assert.Equal(least, check.Cosine);
        Assert.InRange(least, GoldenCheck.LeastCosine, 0.99999);
    }

    /// <summary>Counts, not clocks: so many runs, the warm-up left out.</summary>
    [Theory]
    [InlineData(0, 3)]
    [InlineData(3600, 10)]
    public void TimingLeavesTheWarmUpOut(double seconds, int runs)
    {
        var calls = 0;
        var timing = RunTiming.Measure(() => calls++, warmUps: 4, least: 3, most: 10, seconds);
        Assert.Equal(runs, timing.Runs);
        Assert.Equal(4 + runs, calls);
        Assert.True(timing.P50Seconds <= timing.P99Seconds);
    }

    [Theory]
    [InlineData(0.2, 1)] // fits at once
    [InlineData(0.1, 2)] // a machine that stood still is given another chance,
    [InlineData(0.01, 3)] // and no more than were allowed
    public void WhatSeemsTooSlowIsTimedAgain(double allowedSeconds, int timings)
    {
        var taken = new Queue<double>([0.2, 0.1, 0.4]);
        var timing = RunTiming.FirstWithin(allowedSeconds, 3, () => new(20, 0.01, taken.Dequeue()));
        Assert.Equal(timings, 3 - taken.Count);
        Assert.Equal(Math.Max(0.1, allowedSeconds), timing.P99Seconds);
    }
}
