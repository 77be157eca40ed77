using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Bring the tool to the ball among five obstacles; none may be touched.</summary>
public sealed class MoveWithoutHittingTask : ReachTask
{
    private const int Obstacles = 5;

    /// <inheritdoc/>
    public override string Name => "move_without_hitting";

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now)
    {
        ArgumentNullException.ThrowIfNull(now);
        return base.IsSuccess(scene, goal, start, now)
            && Enumerable.Range(0, now.Objects.Length).All(i => !now.Objects[i].Touched && now.Objects[i].DistanceTo(start.Objects[i].X, start.Objects[i].Y) < 0.005);
    }

    /// <inheritdoc/>
    protected override (double X, double Y, double Z) Goal(Scene scene, TaskGoal goal, int milestone)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return (scene.Areas[0].X, scene.Areas[0].Y, scene.Areas[0].HeightM);
    }

    /// <inheritdoc/>
    protected override int Count(TaskGoal goal) => 1;

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var names = SceneSampler.DrawNames(random, Obstacles, ObjectShape.Cube, ObjectShape.Cylinder);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Tall))],
            Areas = [AreaOrder.Ball(SceneSampler.DrawColours(random, 1)[0])],
            GapM = 0.03,
        });
        return (scene, new TaskGoal(-1, Area: 0));
    }
}
