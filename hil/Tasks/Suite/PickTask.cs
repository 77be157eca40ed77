using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Grasp the named object; it must hang at least 2 cm above the table.</summary>
public sealed class PickTask : RigTask
{
    /// <inheritdoc/>
    public override string Name => "pick";

    /// <inheritdoc/>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random) =>
        world.Held >= 0 ? new TaskGoal(world.Held) : new TaskGoal(random.Below(scene.Objects.Count));

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        if (world.Held == goal.A)
            return OracleCall.Done;
        return world.Held >= 0 ? PutAside(world) : Pick(world, goal.A);
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) =>
        now.Held == goal.A && now.Objects[goal.A].ClearanceM >= 0.02;

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random) =>
        (SceneSampler.Draw(random, random.Between(2, 4), random.Between(0, 1)), new TaskGoal(0));
}
