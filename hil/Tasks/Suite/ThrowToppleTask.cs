using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Throw the held object at the target so that it falls over: tilted by more than 45 degrees.</summary>
public sealed class ThrowToppleTask : ThrowTask
{
    private const double LeastTiltRad = 45 * Math.PI / 180;

    /// <inheritdoc/>
    public override string Name => "throw_topple";

    /// <inheritdoc/>
    protected override (ObjectSize Thrown, ObjectSize Target) Sizes => (ObjectSize.Greater, ObjectSize.Slim);

    /// <inheritdoc/>
    protected override bool IsHit(WorldState world, TaskGoal goal) => base.IsHit(world, goal) && world.Objects[goal.B].TiltRad > LeastTiltRad;
}
