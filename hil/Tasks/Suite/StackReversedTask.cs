using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>The blocks stand in a stack: build it again the other way round.</summary>
public sealed class StackReversedTask : ArrangeTask
{
    /// <inheritdoc/>
    public override string Name => "stack_reversed";

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) => [.. Stack([.. goal.Objects.Reverse()])];

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => IsStacked(now, [.. goal.Objects.Reverse()]);

    /// <summary>The top block is to be the lowest: it goes to a free spot first.</summary>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        var lowest = goal.Objects[^1];
        if (world.Held == lowest)
            return PutAside(world);
        return world.Held < 0 && world.Objects[lowest].Carrier >= 0 ? Pick(world, Arrangement.TopOf(world, lowest)) : base.Next(scene, goal, world, memory);
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var names = SceneSampler.DrawNames(random, random.Between(2, 4), ObjectShape.Cube, ObjectShape.Cylinder);
        var scene = SceneSampler.Draw(random, new SceneOrder { Objects = [.. names.Select((n, i) => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Block) { Under = i - 1 })] });
        return (scene, new TaskGoal(-1) { Objects = [.. Enumerable.Range(0, names.Count)] });
    }
}
