using Edge.Control;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Bring the tool into the pose that a goal picture shows: error of position (metres) and of attitude (quaternion) together below 0.15, at rest.</summary>
public sealed class MatchPoseTask : ReachTask
{
    private const double MaxError = 0.15, AtRestRadS = 0.05;

    /// <inheritdoc/>
    public override string Name => "match_pose";

    /// <inheritdoc/>
    public override PromptPicture Picture(Scene scene, TaskGoal goal, SceneRandom random)
    {
        var (x, y, z) = Goal(scene, goal, 0);
        return new PromptPicture(scene, new ToolPose(x, y, z, 0));
    }

    /// <inheritdoc/>
    protected override (double X, double Y, double Z) Goal(Scene scene, TaskGoal goal, int milestone)
    {
        ArgumentNullException.ThrowIfNull(goal);
        return (goal.Spots[0].X, goal.Spots[0].Y, Oracle.ExpertCall.HoverZM);
    }

    /// <inheritdoc/>
    protected override int Count(TaskGoal goal) => 1;

    /// <inheritdoc/>
    protected override bool IsAt(WorldState world, (double X, double Y, double Z) place)
    {
        ArgumentNullException.ThrowIfNull(world);
        double dx = world.Tool.X - place.X, dy = world.Tool.Y - place.Y, dz = world.Tool.Z - place.Z;
        // The tool points straight down in both: only its yaw, goal 0, can differ.
        var turn = 2 * Math.Abs(Math.Sin(world.Tool.Yaw / 4));
        return world.ArmSpeedRadS < AtRestRadS && Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz)) + turn < MaxError;
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random) =>
        (SceneSampler.Draw(random, random.Between(1, 2), 0), new TaskGoal(-1) { Spots = [(random.Range(0.34, 0.54), random.Range(-0.22, 0.22))] });
}
