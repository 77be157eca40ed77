using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>The object stands on an area: take it to another one, then back to the very place.</summary>
public sealed class FollowOrderRestoreTask : ArrangeTask
{
    /// <inheritdoc/>
    public override string Name => "follow_order_restore";

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) =>
        milestone == 0 ? [new(goal.A, scene.Areas[goal.Area].X, scene.Areas[goal.Area].Y)] : [BackToStart(scene, goal.A)];

    /// <inheritdoc/>
    public override int Advance(Scene scene, TaskGoal goal, WorldState world, int reached) =>
        reached == 0 && IsOn(world, goal.A, scene.Areas[goal.Area]) ? 1 : reached;

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => now.Milestone == 1 && AreAtStart(scene, now, [goal.A]);

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var (colour, shape) = SceneSampler.DrawNames(random, 1, ObjectShape.Cube, ObjectShape.Cylinder, ObjectShape.Prism)[0];
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [new(colour, shape, ObjectSize.Any) { InArea = 1 }],
            Areas = [.. SceneSampler.DrawColours(random, 2).Select(c => new AreaOrder(c))],
        });
        return (scene, new TaskGoal(0, Area: 0));
    }
}
