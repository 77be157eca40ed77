using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Put the object on one area after another, in the order named.</summary>
public sealed class FollowOrderTask : ArrangeTask
{
    /// <inheritdoc/>
    public override string Name => "follow_order";

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) =>
        milestone < goal.Areas.Count ? [new(goal.A, scene.Areas[goal.Areas[milestone]].X, scene.Areas[goal.Areas[milestone]].Y)] : [];

    /// <inheritdoc/>
    public override int Advance(Scene scene, TaskGoal goal, WorldState world, int reached) =>
        reached < goal.Areas.Count && IsOn(world, goal.A, scene.Areas[goal.Areas[reached]]) ? reached + 1 : reached;

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => now.Milestone == goal.Areas.Count;

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var areas = random.Between(2, 4);
        var (colour, shape) = SceneSampler.DrawNames(random, 1, ObjectShape.Cube, ObjectShape.Cylinder, ObjectShape.Prism)[0];
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [new(colour, shape, ObjectSize.Any)],
            Areas = [.. SceneSampler.DrawColours(random, areas).Select(c => new AreaOrder(c))],
        });
        return (scene, new TaskGoal(0) { Areas = [.. Enumerable.Range(0, Math.Min(areas, random.Between(2, 3)))] });
    }
}
