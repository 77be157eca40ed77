using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Put the object, and the one beside it on a side of the table, on the area. North is away from the robot, west to its left.</summary>
public sealed class NeighbourTask : ArrangeTask
{
    private const double NearM = 0.075;

    private static readonly (string Word, double X, double Y)[] Sides = [("north", 1, 0), ("south", -1, 0), ("west", 0, 1), ("east", 0, -1)];

    /// <inheritdoc/>
    public override string Name => "neighbour";

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
        var sides = Sides.ToArray();
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
