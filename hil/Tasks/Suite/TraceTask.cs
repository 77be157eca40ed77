using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Bring the tool to three balls, in the order named.</summary>
public sealed class TraceTask : ReachTask
{
    /// <inheritdoc/>
    public override string Name => "trace";

    /// <inheritdoc/>
    protected override (double X, double Y, double Z) Goal(Scene scene, TaskGoal goal, int milestone)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(goal);
        var ball = scene.Areas[goal.Areas[milestone]];
        return (ball.X, ball.Y, ball.HeightM);
    }

    /// <inheritdoc/>
    protected override int Count(TaskGoal goal) => goal?.Areas.Count ?? 0;

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random) =>
        (SceneSampler.Draw(random, new SceneOrder { Areas = [.. SceneSampler.DrawColours(random, 3).Select(AreaOrder.Ball)] }), new TaskGoal(-1) { Areas = [0, 1, 2] });
}
