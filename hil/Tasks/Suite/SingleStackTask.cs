using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Stack the blocks in the order named, from below.</summary>
public class SingleStackTask : ArrangeTask
{
    /// <inheritdoc/>
    public override string Name => "single_stack";

    /// <inheritdoc/>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(random);
        var blocks = Enumerable.Range(0, scene.Objects.Count)
            .Where(i => scene.Objects[i].Shape is ObjectShape.Cube or ObjectShape.Cylinder && IsOnlyOfItsName(scene, i)).ToArray();
        if (blocks.Length < 2)
            return null;
        random.Shuffle(blocks);
        return new TaskGoal(-1) { Objects = blocks[..random.Between(2, Math.Min(4, blocks.Length))] };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) => [.. Stack(goal.Objects)];

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => IsStacked(now, goal.Objects);

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var names = SceneSampler.DrawNames(random, random.Between(2, 4), ObjectShape.Cube, ObjectShape.Cylinder);
        var scene = SceneSampler.Draw(random, new SceneOrder { Objects = [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Block))], GapM = 0.03 });
        return (scene, new TaskGoal(-1) { Objects = [.. Enumerable.Range(0, names.Count)] });
    }
}
