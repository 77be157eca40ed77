using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Bring the objects to where a goal picture shows them, in any order.</summary>
public class RearrangeTask : ArrangeTask
{
    /// <inheritdoc/>
    public override string Name => "rearrange";

    /// <inheritdoc/>
    public override PromptPicture Picture(Scene scene, TaskGoal goal, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(goal);
        return new PromptPicture(scene with { Objects = [.. scene.Objects.Select((thing, i) => thing with { X = goal.Spots[i].X, Y = goal.Spots[i].Y })] });
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) =>
        [.. NearFirst(scene, goal.Objects).Select(thing => new Placement(thing, goal.Spots[thing].X, goal.Spots[thing].Y))];

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => IsArranged(goal, now);

    /// <summary>All stand at the picture's places.</summary>
    protected static bool IsArranged(TaskGoal goal, WorldState now) =>
        Enumerable.Range(0, goal.Objects.Count).All(i => StandsAt(now, goal.Objects[i], goal.Spots[i].X, goal.Spots[i].Y));

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var names = SceneSampler.DrawNames(random, random.Between(2, 3), ObjectShape.Cube, ObjectShape.Cylinder, ObjectShape.Prism);
        var order = new SceneOrder { Objects = [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Any))], GapM = 0.04 };
        var scene = SceneSampler.Draw(random, order);
        while (true)
        {
            var goal = SceneSampler.Draw(random, order);
            // At least one must really move: further than the tolerance.
            if (Enumerable.Range(0, names.Count).All(i => Distance(StartOf(goal, i), StartOf(scene, i)) > 0.08))
                return (scene, new TaskGoal(-1) { Objects = [.. Enumerable.Range(0, names.Count)], Spots = [.. Enumerable.Range(0, names.Count).Select(i => StartOf(goal, i))] });
        }
    }
}
