using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Push the one object towards the other: the way to the middle between them shrinks below 0.7 of what it was, in that direction, and it is never grasped.</summary>
public sealed class PushTask : SlideTask
{
    private const double MostLeft = 0.7, LeastCosine = 0.5;

    /// <inheritdoc/>
    public override string Name => "push";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        if (IsSuccess(scene, goal, world, world))
            return OracleCall.Done;
        if (world.Held >= 0)
            return PutAside(world);
        ref var other = ref world.Objects[goal.B];
        return OracleCall.At("push_towards", world.Objects[goal.A].X, world.Objects[goal.A].Y) with { To = (other.X, other.Y) }; // to the middle: as far from too short as from too far
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(now);
        var (a, (middleX, middleY)) = (StartOf(scene, goal.A), Middle(scene, goal));
        ref var thing = ref now.Objects[goal.A];
        double wantedX = middleX - a.X, wantedY = middleY - a.Y, movedX = thing.X - a.X, movedY = thing.Y - a.Y;
        var lengths = Math.Sqrt((wantedX * wantedX) + (wantedY * wantedY)) * Math.Sqrt((movedX * movedX) + (movedY * movedY));
        return !thing.EverHeld && thing.DistanceTo(middleX, middleY) < MostLeft * Distance(a, (middleX, middleY)) && ((wantedX * movedX) + (wantedY * movedY)) / lengths >= LeastCosine;
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random) => (DrawFlat(random, 2, 0.17), new TaskGoal(0, 1));

    private static (double X, double Y) Middle(Scene scene, TaskGoal goal)
    {
        var (a, b) = (StartOf(scene, goal.A), StartOf(scene, goal.B));
        return ((a.X + b.X) / 2, (a.Y + b.Y) / 2);
    }
}
