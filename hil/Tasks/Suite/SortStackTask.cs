using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>One stack for each colour.</summary>
public sealed class SortStackTask : ArrangeTask
{
    /// <inheritdoc/>
    public override string Name => "sort_stack";

    /// <inheritdoc/>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var areBlocks = scene.Objects.All(thing => thing.Shape is ObjectShape.Cube or ObjectShape.Cylinder);
        return areBlocks && Stacks(scene).Any(stack => stack.Count > 1) ? new TaskGoal(-1) : null;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) => [.. Stacks(scene).SelectMany(Stack)];

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now)
    {
        // Any order within a stack will do: of each colour all but one stand on one of their own.
        return Stacks(scene).All(stack => stack.Count(thing => now.Objects[thing].Carrier is >= 0 and var carrier && IsOn(now, thing, carrier) && stack.Contains(carrier)) == stack.Count - 1);
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var colours = SceneSampler.DrawColours(random, random.Between(2, 3));
        var objects = new List<ObjectOrder>();
        foreach (var colour in colours)
        {
            for (var i = colours.Length == 2 ? random.Between(2, 3) : 2; i > 0; i--)
                objects.Add(new(colour, SceneSampler.DrawShape(random, colour, ObjectShape.Cube, ObjectShape.Cylinder), ObjectSize.Block));
        }

        var scene = SceneSampler.Draw(random, new SceneOrder { Objects = objects, GapM = 0.025 });
        return (scene, new TaskGoal(-1));
    }

    private static IEnumerable<List<int>> Stacks(Scene scene) => NearFirst(scene).GroupBy(i => scene.Objects[i].Colour).Select(group => group.ToList());
}
