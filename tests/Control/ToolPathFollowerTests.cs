using Edge.Control;
using Edge.Control.Motion;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Control;

/// <summary>Chunks as paths: through their poses, without overshoot, and joined without a jump.</summary>
public sealed class ToolPathFollowerTests
{
    private const long StepNs = 100_000_000;

    private static readonly Gen<double> Delta = Gen.OneOf(Gen.Constant(0.0), Gen.Choose(-500, 500).Select(x => x * 1e-4));

    private static readonly Gen<double[]> Walk = Gen.ArrayOf(Delta, 16).Select(deltas =>
    {
        var sum = 0.3;
        return Array.ConvertAll(deltas, delta => sum += delta);
    });

    [Fact]
    public void ThePathMeetsEveryPoseWhenItIsDue() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Walk.ToArbitrary(), xs =>
        {
            var follower = Started(xs, observedNs: 5 * StepNs);
            for (var k = ToolPathFollower.BlendSteps; k < xs.Length; k++)
                Assert.Equal(xs[k], follower.Sample((5 + k + 1) * StepNs).Pose.X, 1e-12);
        }));

    [Fact]
    public void BetweenPosesThePathNeverOvershoots() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Walk.ToArbitrary(), xs =>
        {
            var follower = Started(xs, observedNs: 0);
            for (var k = ToolPathFollower.BlendSteps; k + 1 < xs.Length; k++)
            {
                for (var i = 0; i <= 20; i++)
                {
                    var x = follower.Sample(((k + 1) * StepNs) + (i * StepNs / 20)).Pose.X;
                    Assert.InRange(x, Math.Min(xs[k], xs[k + 1]) - 1e-12, Math.Max(xs[k], xs[k + 1]) + 1e-12);
                }
            }
        }));

    [Fact]
    public void TheVelocityIsThePositionsDerivative() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Gen.Zip(Walk, Gen.Choose(1, 1599)).ToArbitrary(), x =>
        {
            var (xs, ms) = x;
            var chunk = Chunk(xs, 0);
            var follower = new ToolPathFollower();
            follower.Join(chunk, 0, new ToolMotion(new ToolPose(0.25, 0, 0.2, 1), new ToolVelocity(0.1, 0, -0.1, 0.5)));
            var now = ms * 1_000_000L;
            const long H = 1000;
            var (before, after) = (follower.Sample(now - H), follower.Sample(now + H));
            var velocity = follower.Sample(now).Velocity;
            Assert.Equal((after.Pose.X - before.Pose.X) / (2e-9 * H), velocity.X, 1e-3);
            Assert.Equal((after.Pose.Z - before.Pose.Z) / (2e-9 * H), velocity.Z, 1e-3);
            Assert.Equal((after.Pose.Yaw - before.Pose.Yaw) / (2e-9 * H), velocity.Yaw, 1e-2);
        }));

    [Fact]
    public void ANewChunkJoinsWithoutAJumpAndItsOwnPathIsReached() =>
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll((from a in Walk from b in Walk from ms in Gen.Choose(0, 14) select (a, b, ms)).ToArbitrary(), x =>
        {
            var (first, second, latency) = x;
            var follower = Started(first, observedNs: 0);
            var joinNs = (4 * StepNs) + (latency * 10_000_000L);
            var before = follower.Sample(joinNs);
            follower.Join(Chunk(second, observedNs: 4 * StepNs), joinNs, before);
            var after = follower.Sample(joinNs);
            Assert.Equal(before.Pose.X, after.Pose.X, 1e-12);
            Assert.Equal(before.Pose.Yaw, after.Pose.Yaw, 1e-12);
            Assert.Equal(before.Velocity.X, after.Velocity.X, 1e-9);
            Assert.Equal(before.Velocity.Yaw, after.Velocity.Yaw, 1e-9);
            Assert.InRange(follower.BlendNs, ToolPathFollower.BlendSteps * StepNs, 30 * StepNs);
            for (var k = 0; k < second.Length; k++)
            {
                var dueNs = (4 + k + 1) * StepNs;
                if (dueNs >= joinNs + follower.BlendNs)
                    Assert.Equal(second[k], follower.Sample(dueNs).Pose.X, 1e-12);
            }
        }));

    [Fact]
    public void YawGoesTheShortWayOverHalfATurn()
    {
        var chunk = Chunk(new double[4], 0);
        chunk.Anchor = new ToolPose(0, 0, 0, 3.1);
        for (var i = 0; i < 4; i++)
            chunk.Poses[i] = new ToolPose(0, 0, 0, -3.1);
        var follower = new ToolPathFollower();
        follower.Join(chunk, 0, new ToolMotion(new ToolPose(0, 0, 0, -3.18), default)); // the same yaw as 3.1, but for a whole turn
        for (var ms = 0; ms <= 400; ms++)
            Assert.InRange(follower.Sample(ms * 1_000_000L).Pose.Yaw, 3.09, Math.Tau - 3.09);
    }

    [Fact]
    public void StepsAndSuctionAreCountedByTime()
    {
        var chunk = Chunk(new double[3], observedNs: StepNs);
        (chunk.Suction[0], chunk.Suction[1], chunk.Suction[2]) = (true, false, true);
        var follower = new ToolPathFollower();
        follower.Join(chunk, StepNs, default);
        Assert.Equal(0, follower.StepsConsumed((2 * StepNs) - 1));
        Assert.Equal(1, follower.StepsConsumed(2 * StepNs));
        Assert.Equal(3, follower.StepsConsumed(9 * StepNs));
        Assert.False(follower.Suction((2 * StepNs) - 1, before: false));
        Assert.True(follower.Suction((2 * StepNs) - 1, before: true));
        Assert.True(follower.Suction(2 * StepNs, before: false));
        Assert.False(follower.Suction(3 * StepNs, before: true));
        Assert.True(follower.Suction(9 * StepNs, before: false));
        Assert.False(follower.IsOver((4 * StepNs) - 1));
        Assert.True(follower.IsOver(4 * StepNs));
    }

    [Fact]
    public void ChunksAreVerified()
    {
        const long Now = 10 * StepNs;
        const long MaxAge = 5 * StepNs;
        Assert.Equal(ReactionCause.None, Verdict(_ => { }));
        Assert.Equal(ReactionCause.None, Verdict(chunk => chunk.ObservationNs = Now - MaxAge));
        Assert.Equal(ReactionCause.ChunkStale, Verdict(chunk => chunk.ObservationNs = Now - MaxAge - 1));
        Assert.Equal(ReactionCause.ChunkStale, Verdict(chunk => (chunk.ObservationFollowedNs, chunk.Steps) = (Now - (2 * StepNs), 2)));
        Assert.Equal(ReactionCause.None, Verdict(chunk => (chunk.ObservationNs, chunk.Steps) = (Now - (2 * StepNs), 2))); // the arm stood still meanwhile
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.ObservationNs = Now + 1));
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.ObservationFollowedNs = Now + 1));
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.Steps = 0));
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.Steps = ActionChunk.CapacitySteps + 1));
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.StepNs = 0));
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.StepNs = long.MaxValue));
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.Anchor = new ToolPose(0, double.NaN, 0, 0)));
        Assert.Equal(ReactionCause.ChunkInvalid, Verdict(chunk => chunk.Poses[15] = new ToolPose(0, 0, double.PositiveInfinity, 0)));
        Assert.Equal(ReactionCause.None, Verdict(chunk => chunk.Poses[16] = new ToolPose(double.NaN, 0, 0, 0))); // not in use

        static ReactionCause Verdict(Action<ActionChunk> change)
        {
            var chunk = Chunk(new double[16], Now);
            change(chunk);
            return ToolPathFollower.Verify(chunk, Now, Now, MaxAge);
        }
    }

    private static ToolPathFollower Started(double[] xs, long observedNs)
    {
        var follower = new ToolPathFollower();
        follower.Join(Chunk(xs, observedNs), observedNs, new ToolMotion(new ToolPose(0.31, 0, 0.2, -0.1), default));
        return follower;
    }

    private static ActionChunk Chunk(double[] xs, long observedNs)
    {
        var chunk = new ActionChunk { SubtaskId = 1, ObservationNs = observedNs, ObservationFollowedNs = observedNs, StepNs = StepNs, Steps = xs.Length, Anchor = new ToolPose(0.3, 0, 0.2, 0) };
        for (var i = 0; i < xs.Length; i++)
            chunk.Poses[i] = new ToolPose(xs[i], 0, 0.2, xs[i] * 3);
        return chunk;
    }
}
