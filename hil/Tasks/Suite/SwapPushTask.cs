using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Let two objects change places by pushing alone (Pushed: within 3 cm, never grasped, the tool clear of them).</summary>
public sealed class SwapPushTask : SlideTask
{
    private const double ToleranceM = 0.03, ThereM = 0.027;

    /// <inheritdoc/>
    public override string Name => "swap_push";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        if (world.Held >= 0)
            return PutAside(world);
        var (a, b) = (StartOf(scene, goal.A), StartOf(scene, goal.B));
        var (isAThere, isBThere) = (world.Objects[goal.A].DistanceTo(b.X, b.Y) < ThereM, world.Objects[goal.B].DistanceTo(a.X, a.Y) < ThereM);
        if (isAThere && isBThere)
            return OracleCall.Done;
        if (!isBThere && IsClear(world, goal.B, a))
            return Push(world, goal.B, a, Arrangement.SlotAt(memory, a.X, a.Y));
        if (!isAThere && IsClear(world, goal.A, b))
            return Push(world, goal.A, b, Arrangement.SlotAt(memory, b.X, b.Y));
        // Neither way is clear: the one that is not there goes aside, out of the other's way, or to where its own way is clear.
        var (mover, other) = isAThere ? (goal.B, goal.A) : (goal.A, goal.B);
        var (own, others) = mover == goal.A ? (b, a) : (a, b);
        var obstacle = (world.Objects[other].X, world.Objects[other].Y);
        var aside = FreeWay(world, mover, 0.05, spot => isAThere || isBThere
                ? DistanceToSegment(obstacle, spot, own) > PathClearanceM + 0.02
                : DistanceToSegment(spot, obstacle, others) > PathClearanceM + 0.03 && Distance(spot, own) > PathClearanceM)
            ?? FreeWay(world, mover, 0.05, _ => true);
        return Push(world, mover, aside ?? (0.43, 0));
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => IsPushed(now, goal.A, StartOf(scene, goal.B)) && IsPushed(now, goal.B, StartOf(scene, goal.A));

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random) => (DrawFlat(random, 2, 0.14), new TaskGoal(0, 1));

    private static bool IsPushed(WorldState world, int thing, (double X, double Y) place) =>
        !world.Objects[thing].EverHeld && world.Objects[thing].DistanceTo(place.X, place.Y) < ToleranceM && world.Tool.Z > (2 * world.Objects[thing].Z) + 0.001;

    private static double DistanceToSegment((double X, double Y) p, (double X, double Y) a, (double X, double Y) b)
    {
        double dx = b.X - a.X, dy = b.Y - a.Y;
        var s = Math.Clamp((((p.X - a.X) * dx) + ((p.Y - a.Y) * dy)) / Math.Max(1e-9, (dx * dx) + (dy * dy)), 0, 1);
        return Distance(p, (a.X + (s * dx), a.Y + (s * dy)));
    }
}
