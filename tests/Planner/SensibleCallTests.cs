using Edge.Api;
using Edge.Cameras;
using Edge.Hil.Plant;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;
using Edge.Tests.Inference;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.Planner;

/// <summary>The shipped planner in front of the rig's pictures: what it writes is held against what its own vision encoder marked.</summary>
public sealed class SensibleCallTests
{
    private const double ThereM = 0.04;

    private static readonly CameraDescription Description = ReferenceArm.Robot.PlannerCamera;
    private static readonly CameraModel Camera = new(Description);

    [Fact]
    public void AGraspPointsAtAThing()
    {
        using var planner = VlmPlanner.Load(Path.Combine(Fixture.Root, "models", "planner"));
        var senseless = new List<string>();
        for (var seed = 400_000UL; seed < 400_020; seed++)
        {
            var episode = TaskRegistry.Get("swap").Sample(seed);
            using var plant = new MuJoCoPlant(ReferenceArm.Robot, episode.Scene);
            var world = new WorldState(episode.Scene.Objects.Count);
            plant.ReadWorld(world);
            var memory = new PlannerMemory(4);
            memory.Begin("t");
            if (!IsAtThing(world, Ask(planner, plant, episode, memory)))
                senseless.Add($"seed {seed}");
        }

        // Where the vision encoder's mark is off by more than the tolerance, so is the check.
        Assert.True(senseless.Count <= 1, string.Join("; ", senseless));
    }

    private static PlannerReply Ask(VlmPlanner planner, MuJoCoPlant plant, TaskEpisode episode, PlannerMemory memory)
    {
        var frame = new CameraFrame(Description.WidthPx, Description.HeightPx);
        plant.Render(Description.Name, frame);
        return planner.Next(new PlannerRequest(episode.Instruction, frame, memory.Current));
    }

    private static bool IsAtThing(WorldState world, PlannerReply reply)
    {
        if (reply.Invocation.Call.Name != "pick"
            || !TargetResolver.TryResolve(reply.Invocation, Camera, [], ReferenceArm.Robot.WorkspaceM, out var targets, out _))
            return false;
        return world.Objects.Any(thing => thing.DistanceTo(targets.Begin.X, targets.Begin.Y) < ThereM);
    }
}
