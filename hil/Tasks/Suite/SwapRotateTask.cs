using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Let two objects change places, and turn both.</summary>
public sealed class SwapRotateTask : RotateTask
{
    /// <inheritdoc/>
    public override string Name => "swap_rotate";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        var (a, b) = (StartOf(scene, goal.A), StartOf(scene, goal.B));
        var swap = Arrangement.Next(
            scene, world, memory, [new(goal.A, b.X, b.Y) { FromMemory = true }, new(goal.B, a.X, a.Y) { FromMemory = true }]);
        return swap.Function == "done" ? base.Next(scene, goal, world, memory) : swap;
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now)
    {
        ArgumentNullException.ThrowIfNull(goal);
        return IsAtPose(scene, now, goal.A, goal.Degrees, StartOf(scene, goal.B)) && IsAtPose(scene, now, goal.B, goal.Degrees, StartOf(scene, goal.A));
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        ObjectShape[] shapes = [ObjectShape.Cube, ObjectShape.Prism, ObjectShape.Brick];
        var names = SceneSampler.DrawNames(random, 2, shapes);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Any))],
            Allows = (thing, before) => before.Count == 0 || Distance((thing.X, thing.Y), (before[0].X, before[0].Y)) > 0.12,
        });
        return (scene, new TaskGoal(0, 1) { Degrees = DrawDegrees(random) });
    }
}
