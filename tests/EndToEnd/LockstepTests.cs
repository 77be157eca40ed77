using Edge.Cameras;
using Edge.Hil.Evaluation;
using Edge.Hil.Lockstep;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Tests.Inference;
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

    /// <summary>Watched, all pictures are drawn; else only those that planner and policy look at. Both times they see the same.</summary>
    [Fact]
    public void PicturesThatNobodyLooksAtNeedNotBeDrawn()
    {
        using var planner = VlmPlanner.Load(Path.Combine(Fixture.Root, "models", "planner"));
        using var policy = DiffusionPolicy.Load(Path.Combine(Fixture.Root, "models", "policy"), new CameraModel(ReferenceArm.Robot.PolicyCamera));
        EpisodeResult Do(Action<LockstepRig>? watch) => EpisodeRun.Run(ReferenceArm.Robot, TaskRegistry.Get("place").Sample(Seed), planner, _ => policy, memoryEnabled: true, watch);
        var (all, lookedAt) = (Do(_ => { }), Do(null));
        Assert.True(all.Calls > 1);
        Assert.Equal(all with { Plan = [] }, lookedAt with { Plan = [] });
        Assert.Equal(all.Plan, lookedAt.Plan);
    }

    private static (EpisodeResult Result, LockstepRig Rig) Run()
    {
        LockstepRig? seen = null;
        var result = EpisodeRun.Run(ReferenceArm.Robot, TaskRegistry.Get("place").Sample(Seed), null, null, memoryEnabled: true, rig => seen = rig);
        return (result, seen!);
    }
}
