using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Touch the named object: moved by less than 10 cm, tilted by less than 18 degrees, never grasped.</summary>
public sealed class TouchTask : RigTask
{
    private const double MaxMoveM = 0.10, MaxTiltRad = 18 * Math.PI / 180;

    /// <inheritdoc/>
    public override string Name => "touch";

    /// <inheritdoc/>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random) =>
        world.Held >= 0 ? null : new TaskGoal(random.Below(scene.Objects.Count));

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        if (LastSucceeded(memory, "touch"))
            return OracleCall.Done;
        return world.Held >= 0 ? PutAside(world) : OracleCall.At("touch", world.Objects[goal.A].X, world.Objects[goal.A].Y);
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now)
    {
        ref var before = ref start.Objects[goal.A];
        ref var after = ref now.Objects[goal.A];
        return after.Touched && !after.EverHeld && after.TiltRad < MaxTiltRad && after.DistanceTo(before.X, before.Y) < MaxMoveM;
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random) =>
        (SceneSampler.Draw(random, random.Between(2, 4), random.Between(0, 1)), new TaskGoal(0));
}
