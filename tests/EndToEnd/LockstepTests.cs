using Edge.Hil.Evaluation;
using Edge.Hil.Lockstep;
using Edge.Hil.Tasks;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.EndToEnd;

/// <summary>A whole episode on the virtual clock: the controller's stages and drivers, the same bytes, the scripted planner and policy.</summary>
public sealed class LockstepTests
{
    private const ulong Seed = 400_000;

    [Fact]
    public void AnEpisodeReachesItsGoalWithinTheLimitsOnTheBus()
    {
        var (result, rig) = Run();
        Assert.True(result.Succeeded, result.Reason);
        var limits = rig.Monitor.Report();
        Assert.True(limits.Violations == 0, limits.ToJson());
        Assert.Equal(0, result.Violations);
        Assert.All(limits.Joints, joint => Assert.InRange(joint.Frames, result.Seconds * 900, double.MaxValue)); // a command a millisecond
    }

    [Fact]
    public void TheSameSeedGivesTheSameEpisodeToTheLastBit()
    {
        var (first, firstRig) = Run();
        var (second, secondRig) = Run();
        Assert.Equal(first with { Plan = [] }, second with { Plan = [] });
        Assert.Equal(first.Plan, second.Plan);
        Assert.Equal(firstRig.Monitor.Report().ToJson(), secondRig.Monitor.Report().ToJson());
    }

    private static (EpisodeResult Result, LockstepRig Rig) Run()
    {
        LockstepRig? seen = null;
        var result = EpisodeRun.Run(ReferenceArm.Robot, TaskRegistry.Get("place").Sample(Seed), null, null, memoryEnabled: true, rig => seen = rig);
        return (result, seen!);
    }
}
