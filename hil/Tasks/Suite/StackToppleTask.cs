using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Stack the blocks once in the order named, then knock the stack over until every block touches the ground.</summary>
public sealed class StackToppleTask : SingleStackTask
{
    /// <inheritdoc/>
    public override string Name => "stack_topple";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        if (world.Milestone == 0)
            return base.Next(scene, goal, world, memory);
        if (world.Held >= 0)
            return PutAside(world);
        // What carries another is hit; the sweep takes all above it down.
        foreach (var thing in goal.Objects)
        {
            if (world.Objects[thing].Carrier is >= 0 and var carrier)
                return OracleCall.At("topple", world.Objects[carrier].X, world.Objects[carrier].Y);
        }

        return OracleCall.Done;
    }

    /// <inheritdoc/>
    public override int Advance(Scene scene, TaskGoal goal, WorldState world, int reached) => reached == 0 && IsStacked(world, goal.Objects) ? 1 : reached;

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) =>
        now.Milestone == 1 && goal.Objects.All(thing => now.Held != thing && now.Objects[thing].ClearanceM < 0.005);
}
