using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Bring the objects to where a goal picture shows them, then back to where they stood.</summary>
public sealed class RearrangeRestoreTask : RearrangeTask
{
    /// <inheritdoc/>
    public override string Name => "rearrange_restore";

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) =>
        milestone == 0 ? base.Plan(scene, goal, 0) : [.. NearFirst(scene, goal.Objects).Select(thing => BackToStart(scene, thing))];

    /// <inheritdoc/>
    public override int Advance(Scene scene, TaskGoal goal, WorldState world, int reached) => reached == 0 && IsArranged(goal, world) ? 1 : reached;

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => now.Milestone == 1 && AreAtStart(scene, now, goal.Objects);
}
