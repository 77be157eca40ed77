using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Put the object, and the one beside it on a side of the table, on the area. North is away from the robot, west to its left.</summary>
public sealed class NeighbourTask : ArrangeTask
{
    private const double NearM = 0.075;

    /// <summary>How near to an area a thing is on it.</summary>
    private const double OnAreaM = 0.02;

    /// <inheritdoc/>
    public override string Name => "neighbour";

    /// <summary>A thing with exactly one other on a side of it, none of them on an area; several tell the sides apart better than the task's own scenes alone.</summary>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(random);
        if (world.Held >= 0 || scene.Areas.Count == 0 || Enumerable.Range(0, scene.Objects.Count).Any(thing => scene.Areas.Any(area => area.Inside(world.Objects[thing].X, world.Objects[thing].Y) > -OnAreaM)))
            return null;
        var pairs = new List<(int Thing, int Neighbour, string Word)>();
        for (var thing = 0; thing < scene.Objects.Count; thing++)
        {
            if (!IsOnlyOfItsName(scene, thing))
                continue;
            foreach (var side in Sides.All)
            {
                if (Sides.Neighbour(world, thing, (side.X, side.Y)) is >= 0 and var neighbour)
                    pairs.Add((thing, neighbour, side.Word));
            }
        }

        if (pairs.Count == 0)
            return null;
        var (a, b, word) = random.Pick(pairs);
        return new TaskGoal(a, Area: random.Below(scene.Areas.Count)) { Objects = [a, b], Word = word };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) =>
        [.. goal.Objects.Select((thing, i) =>
        {
            var (x, y) = SpotOn(scene.Areas[goal.Area], i, goal.Objects.Count);
            return new Placement(thing, x, y);
        }).Reverse()]; // the neighbour first: who it is shows as long as the other stands

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => goal.Objects.All(thing => IsOn(now, thing, scene.Areas[goal.Area]));

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var areas = random.Between(1, 2);
        var others = random.Between(1, 3);
        var sides = Sides.All.ToArray();
        random.Shuffle(sides);
        var names = SceneSampler.DrawNames(random, 1 + others, ObjectShape.Cube, ObjectShape.Cylinder, ObjectShape.Prism);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Small))],
            Areas = [.. SceneSampler.DrawColours(random, areas).Select(c => new AreaOrder(c) { MinSideM = 0.135, MaxSideM = 0.145 })],
            GapM = 0.012,
            Allows = (thing, before) => before.Count == 0
                || Distance((thing.X, thing.Y), (before[0].X + (sides[before.Count - 1].X * NearM), before[0].Y + (sides[before.Count - 1].Y * NearM))) < 0.012,
        });
        return (scene, new TaskGoal(0, Area: random.Below(areas)) { Objects = [0, 1], Word = sides[0].Word });
    }
}
