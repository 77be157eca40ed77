using Edge.Hil.Plant;
using Edge.Hil.Scenes;

namespace Edge.Hil.Tasks;

/// <summary>The object hangs on the cup already; put it on the named area.</summary>
public sealed class PlaceTask : SimpleManipulationTask
{
    /// <inheritdoc/>
    public override string Name => "place";

    /// <inheritdoc/>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random) => world.Held >= 0 ? base.Bind(scene, world, random) : null;

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var scene = SceneSampler.Draw(random, random.Between(1, 3), random.Between(1, 3), held: 0);
        return (scene, new TaskGoal(0, Area: random.Below(scene.Areas.Count)));
    }
}
