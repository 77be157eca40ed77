using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Tasks that bring the tool somewhere.</summary>
public abstract class ReachTask : RigTask
{
    /// <summary>The tool is at a place when it is nearer than this, metres.</summary>
    protected const double NearM = 0.05;

    /// <summary>Where the tool must go after so many milestones: base frame, metres.</summary>
    protected abstract (double X, double Y, double Z) Goal(Scene scene, TaskGoal goal, int milestone);

    /// <summary>How many places there are.</summary>
    protected abstract int Count(TaskGoal goal);

    /// <summary>Is the tool at a place?</summary>
    protected virtual bool IsAt(WorldState world, (double X, double Y, double Z) place)
    {
        ArgumentNullException.ThrowIfNull(world);
        double dx = world.Tool.X - place.X, dy = world.Tool.Y - place.Y, dz = world.Tool.Z - place.Z;
        return (dx * dx) + (dy * dy) + (dz * dz) < NearM * NearM;
    }

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(world);
        if (world.Milestone >= Count(goal))
            return OracleCall.Done;
        var (x, y, _) = Goal(scene, goal, world.Milestone);
        return OracleCall.At("move", x, y);
    }

    /// <inheritdoc/>
    public override int Advance(Scene scene, TaskGoal goal, WorldState world, int reached) =>
        reached < Count(goal) && IsAt(world, Goal(scene, goal, reached)) ? reached + 1 : reached;

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now)
    {
        ArgumentNullException.ThrowIfNull(now);
        return now.Milestone >= Count(goal);
    }
}
