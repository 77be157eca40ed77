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
    public void AGraspPointsAtAThingAndNotAtTheOneJustPutDown()
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
            Assert.True(IsAtThing(world, Ask(planner, plant, episode, memory), out var first), $"seed {seed}");

            // As if that thing had just been put down where it stands.
            memory.Append(0, "pick(at=(1, 1))", default, SubtaskOutcome.Succeeded);
            var (u, v, _) = Camera.Project(world.Objects[first].X, world.Objects[first].Y, 0);
            var point = TargetResolver.PointAt(Camera, u, v);
            memory.Append(0, $"place(at=({point.XPerMille}, {point.YPerMille}))", default, SubtaskOutcome.Succeeded);
            var next = Ask(planner, plant, episode, memory);
            if (next.Invocation.Call.Name == "pick" && !(IsAtThing(world, next, out var second) && second != first))
                senseless.Add($"seed {seed}: {next.Text}");
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

    private static bool IsAtThing(WorldState world, PlannerReply reply, out int thing)
    {
        thing = -1;
        if (reply.Invocation.Call.Name != "pick"
            || !TargetResolver.TryResolve(reply.Invocation, Camera, [], ReferenceArm.Robot.WorkspaceM, out var targets, out _))
            return false;
        for (var i = 0; i < world.Objects.Length; i++)
        {
            if (world.Objects[i].DistanceTo(targets.Begin.X, targets.Begin.Y) < ThereM)
                thing = i;
        }

        return thing >= 0;
    }
}
