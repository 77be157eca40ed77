using Edge.Control;
using Edge.Policy.Handover;
using Xunit;

namespace Edge.Tests.Policy;

public class ChunkHandoverTests
{
    private const long StepNs = 100_000_000;

    [Fact]
    public void EveryNameMakesAWay()
    {
        foreach (var name in ChunkHandover.Names)
            Assert.NotNull(ChunkHandover.Create(name, StepNs, 4));
        Assert.Contains("allowed waitForChunk, naiveSwitch, temporalEnsemble, realTimeChunking", Assert.Throws<ArgumentException>(() => ChunkHandover.Create("hope", StepNs, 4)).Message, StringComparison.Ordinal);
    }

    /// <summary>Chunks that agree stay as they are; of those that do not, the mean is taken at the same moment, not at the same step.</summary>
    [Fact]
    public void EnsemblesAverageWhatIsDueAtTheSameMoment()
    {
        var ensemble = new TemporalEnsemble(StepNs, 4);
        ensemble.Begin();
        var first = Ramp(0, 0);
        ensemble.Finish(first, 0);
        Assert.Equal(0.03, first.Poses[2].X, 1e-12);

        var agreeing = Ramp(4 * StepNs, 0.04);
        ensemble.Finish(agreeing, 0);
        for (var k = 0; k < 16; k++)
            Assert.Equal(0.04 + (0.01 * (k + 1)), agreeing.Poses[k].X, 1e-12);

        var other = Ramp(8 * StepNs, 0.11); // 3 cm ahead of the others
        other.Suction[0] = true;
        ensemble.Finish(other, 0);
        double old = Math.Exp(-0.00), middle = Math.Exp(-0.01), young = Math.Exp(-0.02);
        Assert.Equal(0.09 + (0.03 * young / (old + middle + young)), other.Poses[0].X, 1e-12);
        Assert.False(other.Suction[0]); // outvoted
        Assert.Equal(0.17 + (0.03 * middle / (old + middle)), other.Poses[8].X, 1e-12); // the first chunk is over by then
        Assert.Equal(0.11 + 0.16, other.Poses[15].X, 1e-12); // nobody else knows

        ensemble.Prepare(null!, new RobotSnapshot { AwaitsAnswer = true });
        var fresh = Ramp(9 * StepNs, 0.5);
        ensemble.Finish(fresh, 0);
        Assert.Equal(0.51, fresh.Poses[0].X, 1e-12);
    }

    [Fact]
    public void YawIsAveragedTheShortWay()
    {
        var ensemble = new TemporalEnsemble(StepNs, 4);
        ensemble.Begin();
        var a = Ramp(0, 0);
        var b = Ramp(0, 0);
        a.Anchor = a.Anchor with { Yaw = Math.PI - 0.1 };
        b.Anchor = b.Anchor with { Yaw = -Math.PI + 0.1 };
        for (var k = 0; k < 16; k++)
            (a.Poses[k], b.Poses[k]) = (a.Poses[k] with { Yaw = Math.PI - 0.1 }, b.Poses[k] with { Yaw = -Math.PI + 0.1 });
        ensemble.Finish(a, 0);
        ensemble.Finish(b, 0);
        Assert.InRange(Math.Abs(Math.IEEERemainder(b.Poses[3].Yaw - Math.PI, Math.Tau)), 0, 0.001);
    }

    /// <summary>A chunk of even steps of a centimetre.</summary>
    private static ActionChunk Ramp(long observedNs, double fromX)
    {
        var chunk = new ActionChunk { ObservationFollowedNs = observedNs, StepNs = StepNs, Steps = 16, Anchor = new ToolPose(fromX, 0, 0, 0) };
        for (var k = 0; k < 16; k++)
            chunk.Poses[k] = new ToolPose(fromX + (0.01 * (k + 1)), 0, 0, 0);
        return chunk;
    }
}
