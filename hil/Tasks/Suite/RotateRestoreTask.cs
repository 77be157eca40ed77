using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Turn the object by an angle, then back.</summary>
public sealed class RotateRestoreTask : RotateTask
{
    /// <inheritdoc/>
    public override string Name => "rotate_restore";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        return Turn(scene, world, memory, goal.A, world.Milestone == 0 ? goal.Degrees : 0) ?? OracleCall.Done;
    }

    /// <inheritdoc/>
    public override int Advance(Scene scene, TaskGoal goal, WorldState world, int reached) =>
        reached == 0 && IsAtPose(scene, world, goal.A, goal.Degrees, StartOf(scene, goal.A)) ? 1 : reached;

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) =>
        now.Milestone == 1 && IsAtPose(scene, now, goal.A, 0, StartOf(scene, goal.A));
}
