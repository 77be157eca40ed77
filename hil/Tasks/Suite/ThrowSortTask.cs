using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Throw each object at the area of its colour, out of reach; it must come down inside.</summary>
public sealed class ThrowSortTask : RigTask
{
    private const double BesideM = 0.034, SlidesM = 0.012;

    /// <inheritdoc/>
    public override string Name => "throw_sort";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        if (world.Held >= 0)
        {
            var area = AreaOfColour(scene, world.Held);
            // Beside what may lie there already, and short of the middle, since what comes down slides on; after a miss every other time beyond it.
            var x0 = area.X + (Misses(scene, goal, world, memory, area) % 2 == 0 ? -SlidesM : SlidesM);
            var spots = ((double X, double Y)[])[(x0, area.Y - BesideM), (x0, area.Y + BesideM)];
            var (x, y) = spots.MaxBy(spot => Clearance(world, spot.X, spot.Y, world.Held));
            return OracleCall.At("throw", x, y);
        }

        foreach (var thing in goal.Objects)
        {
            ref var state = ref world.Objects[thing];
            if (!HasHit(world.Milestone, thing) && state.DistanceTo(0, 0) <= ThrowTask.ReachM)
                return OracleCall.At("pick", state.X, state.Y);
        }

        return OracleCall.Done;
    }

    /// <summary>The milestones are a bit for each object.</summary>
    public override int Advance(Scene scene, TaskGoal goal, WorldState world, int reached)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        foreach (var thing in goal.Objects)
        {
            ref var state = ref world.Objects[thing];
            if (state.EverHeld && world.Held != thing && state.ClearanceM < 0.005 && AreaOfColour(scene, thing).Inside(state.X, state.Y) >= 0)
                reached |= 1 << thing;
        }

        return reached;
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => goal.Objects.All(thing => HasHit(now.Milestone, thing));

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var colours = SceneSampler.DrawColours(random, random.Between(2, 3));
        var count = random.Between(2, 4);
        ThingColour[] things = [.. colours, .. colours]; // two find room on an area
        random.Shuffle(things);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. things.Take(count).Select(c => new ObjectOrder(c, ObjectShape.Cube, ObjectSize.Small))],
            Areas = [.. colours.Select(c => new AreaOrder(c) { MinSideM = 0.135, MaxSideM = 0.14, FarM = (0.595, 0.605) })],
            Allows = (thing, _) => thing.X < 0.48, // a thing must not lie where others come down
        });
        return (scene, new TaskGoal(-1) { Objects = [.. NearFirst(scene)] });
    }

    private static int Misses(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory, SceneArea area) =>
        memory.Count(entry => Calls(entry, "throw") && area.Inside(entry.Pose.X, entry.Pose.Y) > 0)
        - goal.Objects.Count(thing => scene.Objects[thing].Colour == area.Colour && HasHit(world.Milestone, thing));

    private static bool HasHit(int milestone, int thing) => (milestone & (1 << thing)) != 0;
}
