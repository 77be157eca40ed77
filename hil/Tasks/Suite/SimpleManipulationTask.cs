using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Put the named object on the named area; it must stand there by itself with its middle inside the square.</summary>
public class SimpleManipulationTask : RigTask
{
    /// <summary>So far outside its edge the truth overrules what the memory says: the thing is not on the area.</summary>
    private const double ClearlyOutsideM = 0.02;

    /// <inheritdoc/>
    public override string Name => "simple_manipulation";

    /// <inheritdoc/>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random)
    {
        if (scene.Areas.Count == 0)
            return null;
        return new TaskGoal(world.Held >= 0 ? world.Held : random.Below(scene.Objects.Count), Area: random.Below(scene.Areas.Count));
    }

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        var area = scene.Areas[goal.Area];
        if (world.Held == goal.A)
            return OracleCall.At("place", area.X, area.Y);
        if (world.Held >= 0)
            return PutAside(world);
        var inside = area.Inside(world.Objects[goal.A].X, world.Objects[goal.A].Y);
        return inside > 0 || (LastSucceeded(memory, "place") && inside > -ClearlyOutsideM) ? OracleCall.Done : Pick(world, goal.A);
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) =>
        IsOn(now, goal.A, scene.Areas[goal.Area]);

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var scene = SceneSampler.Draw(random, random.Between(1, 3), random.Between(1, 3));
        return (scene, new TaskGoal(0, Area: random.Below(scene.Areas.Count)));
    }
}
