using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Api;

public class TargetResolverTests
{
    private static readonly CameraModel Front = new(new CameraDescription("front", "", 320, 240, 0.541, [0.98, 0, 0.78], [0.42, 0, 0.02], 1));
    private static readonly BoxDescription Workspace = new([0.12, -0.45, -0.01], [0.68, 0.45, 0.55]);

    private static readonly MemoryEntry[] Memory =
    [
        new(2, "t", 0, "pick(at=(1, 2))", new ToolPose(0.3, 0.1, 0.04, 0.7), SubtaskOutcome.Succeeded),
        new(3, "t", 0, "place(at=(1, 2))", new ToolPose(0.5, -0.2, 0, 0), SubtaskOutcome.Failed),
    ];

    [Fact]
    public void ImagePointsAreWithinTwoMillimetresOfWhatTheyShow()
    {
        for (var x = 0.30; x <= 0.56; x += 0.02)
        {
            for (var y = -0.25; y <= 0.25; y += 0.05)
            {
                var (u, v, _) = Front.Project(x, y, 0);
                var call = new ApiInvocation(0, [TargetResolver.PointAt(Front, u, v)]);
                Assert.True(TargetResolver.TryResolve(call, Front, [], Workspace, out var targets, out var error), error);
                Assert.InRange(Math.Sqrt(Math.Pow(targets.Begin.X - x, 2) + Math.Pow(targets.Begin.Y - y, 2)), 0, 0.002);
                Assert.Equal((0, 0), (targets.Begin.Z, targets.Begin.Yaw));
            }
        }
    }

    [Fact]
    public void MemorySlotsGiveThePointBelowTheRememberedPose()
    {
        Assert.True(TargetResolver.TryResolve(new(1, [new(2, 0, 0)]), Front, Memory, Workspace, out var targets, out _));
        Assert.Equal(new ToolPose(0.3, 0.1, 0, 0), targets.Begin);
        Assert.False(TargetResolver.TryResolve(new(1, [new(1, 0, 0)]), Front, Memory, Workspace, out _, out var error));
        Assert.Equal("place: at: found memory(1), allowed slots of this task's memory", error);
    }

    [Fact]
    public void APushTowardsAThingIsAPushThatEndsHalfWay()
    {
        Assert.True(CallParser.TryParse("push_towards(at=memory(2), towards=memory(3))", new MemorySlots(2, 3), out var call, out _));
        Assert.True(TargetResolver.TryResolve(call, Front, Memory, Workspace, out var targets, out _));
        Assert.Equal(new CallTargets(new ToolPose(0.3, 0.1, 0, 0), new ToolPose(0.4, -0.05, 0, 0)), targets);
        Assert.Equal(RobotApi.IndexOf("push"), call.Motion);
    }

    [Fact]
    public void PointsOutsideTheWorkspaceAreRefused()
    {
        Assert.False(TargetResolver.TryResolve(new(0, [new(0, 500, 0)]), Front, [], new([0.12, -0.45, 0], [0.2, 0.45, 1]), out _, out var error));
        Assert.StartsWith("pick: at: found the point (", error, StringComparison.Ordinal);
        Assert.EndsWith("allowed x 0.12 to 0.2, y -0.45 to 0.45", error, StringComparison.Ordinal);
    }

    [Fact]
    public void RaysAboveTheHorizonAreRefused()
    {
        var level = new CameraModel(new CameraDescription("level", "", 320, 240, 1, [0, 0, 0.5], [1, 0, 0.5], 1));
        Assert.False(TargetResolver.TryResolve(new(0, [new(0, 500, 100)]), level, [], Workspace, out _, out var error));
        Assert.Equal("pick: at: found (500, 100), allowed a point of the picture that shows the table", error);
    }

    [Fact]
    public void DoneHasNoTarget()
    {
        Assert.True(TargetResolver.TryResolve(new(RobotApi.Done, []), Front, [], Workspace, out var targets, out _));
        Assert.Equal(default, targets);
    }
}
