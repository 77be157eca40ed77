using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Turn the two objects that look alike.</summary>
public sealed class RotateSymmetryTask : RotateTask
{
    /// <inheritdoc/>
    public override string Name => "rotate_symmetry";

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        ObjectShape[] shapes = [ObjectShape.Cube, ObjectShape.Prism, ObjectShape.Brick];
        var names = SceneSampler.DrawNames(random, random.Between(1, 3), shapes);
        var scene = SceneSampler.Draw(random, new SceneOrder { Objects = [.. names.Prepend(names[0]).Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Any))] });
        int[] alike = [.. NearFirst(scene, [0, 1])];
        return (scene, new TaskGoal(alike[0], alike[1]) { Degrees = DrawDegrees(random) });
    }
}
