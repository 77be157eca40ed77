using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Move every named object by at least 10 cm without tipping it.</summary>
public sealed class TouchPushTask : SlideTask
{
    private const double LeastM = 0.10, GoM = 0.13, MaxTiltRad = 45 * Math.PI / 180;

    /// <inheritdoc/>
    public override string Name => "touch_push";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        if (world.Held >= 0)
            return PutAside(world);
        foreach (var thing in goal.Objects)
        {
            var start = StartOf(scene, thing);
            if (world.Objects[thing].DistanceTo(start.X, start.Y) < LeastM + 0.01)
                return Push(world, thing, FreeWay(world, thing, 0.05, to => Distance(to, start) > GoM) ?? (0.43, 0));
        }

        return OracleCall.Done;
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => goal.Objects.All(thing =>
        now.Objects[thing] is { EverHeld: false, TiltRad: < MaxTiltRad } && now.Objects[thing].DistanceTo(start.Objects[thing].X, start.Objects[thing].Y) >= LeastM);

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var count = random.Between(1, 2);
        return (DrawFlat(random, count, 0.12), new TaskGoal(0, count == 2 ? 1 : -1));
    }
}
