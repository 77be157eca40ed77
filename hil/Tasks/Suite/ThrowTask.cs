using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>The object hangs on the cup: throw it at the target, which stands out of reach. Judged by contact after the release.</summary>
public class ThrowTask : RigTask
{
    /// <summary>
    /// How far away targets are, metres from the base: further than anything is placed, and no further than an arm whose tool points down and whose joints turn
    /// at 2 rad/s can throw.
    /// </summary>
    public static (double Min, double Max) FarM { get; } = (0.60, 0.63);

    /// <summary>Farthest from the base that a thing can be picked again.</summary>
    public const double ReachM = 0.575;

    /// <inheritdoc/>
    public override string Name => "throw";

    /// <summary>Sizes of what is thrown and of the target.</summary>
    protected virtual (ObjectSize Thrown, ObjectSize Target) Sizes => (ObjectSize.Any, ObjectSize.Any);

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        if (world.Held == goal.A)
            return OracleCall.At("throw", world.Objects[goal.B].X, world.Objects[goal.B].Y);
        ref var thing = ref world.Objects[goal.A];
        return IsHit(world, goal) || thing.DistanceTo(0, 0) > ReachM ? OracleCall.Done : OracleCall.At("pick", thing.X, thing.Y);
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => IsHit(now, goal);

    /// <summary>Was the target hit as it should be?</summary>
    protected virtual bool IsHit(WorldState world, TaskGoal goal)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        return world.Held != goal.A && world.Objects[goal.A].HasMet(goal.B);
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var names = SceneSampler.DrawNames(random, 2, ObjectShape.Cube, ObjectShape.Cylinder);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [new(names[0].Colour, names[0].Shape, Sizes.Thrown), new(names[1].Colour, names[1].Shape, Sizes.Target) { FarM = FarM }],
            Held = 0,
        });
        return (scene, new TaskGoal(0, 1));
    }
}
