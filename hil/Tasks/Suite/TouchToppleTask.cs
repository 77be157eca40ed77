using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Knock every named object over: moved by at least 10 cm, tilted by at least 45 degrees.</summary>
public sealed class TouchToppleTask : RigTask
{
    private const double LeastM = 0.10, LeastTiltRad = 45 * Math.PI / 180;

    /// <inheritdoc/>
    public override string Name => "touch_topple";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        if (world.Held >= 0)
            return PutAside(world);
        foreach (var thing in goal.Objects)
        {
            if (!IsToppled(scene, world, thing))
                return OracleCall.At("topple", world.Objects[thing].X, world.Objects[thing].Y);
        }

        return OracleCall.Done;
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => goal.Objects.All(thing => IsToppled(scene, now, thing));

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var names = SceneSampler.DrawNames(random, random.Between(1, 2), ObjectShape.Cube, ObjectShape.Cylinder);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Tall))],
            // A sweep needs room before and behind.
            Allows = (thing, before) => before.All(other => Math.Abs(thing.X - other.X) > 0.11),
        });
        return (scene, new TaskGoal(0, names.Count == 2 ? 1 : -1));
    }

    private static bool IsToppled(Scene scene, WorldState world, int thing)
    {
        var start = StartOf(scene, thing);
        return world.Objects[thing].TiltRad >= LeastTiltRad && world.Objects[thing].DistanceTo(start.X, start.Y) >= LeastM;
    }
}
