using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Put each object on the area of its colour.</summary>
public sealed class Sort2dTask : ArrangeTask
{
    /// <inheritdoc/>
    public override string Name => "sort2d";

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) =>
        [.. goal.Objects.Select(thing =>
        {
            var area = AreaOfColour(scene, thing);
            var together = goal.Objects.Where(other => scene.Objects[other].Colour == area.Colour).ToList();
            var (x, y) = SpotOn(area, together.IndexOf(thing), together.Count);
            return new Placement(thing, x, y);
        })];

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => goal.Objects.All(thing => IsOn(now, thing, AreaOfColour(scene, thing)));

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var colours = SceneSampler.DrawColours(random, random.Between(2, 3));
        var shapes = new[] { ObjectShape.Cube, ObjectShape.Cylinder, ObjectShape.Prism };
        var count = random.Between(2, 4);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. Enumerable.Range(0, count).Select(_ => random.Pick(colours)).Select(c => new ObjectOrder(c, SceneSampler.DrawShape(random, c, shapes), ObjectSize.Small))],
            Areas = [.. colours.Select(c => new AreaOrder(c) { MinSideM = 0.135, MaxSideM = 0.145 })],
        });
        return (scene, new TaskGoal(-1) { Objects = [.. NearFirst(scene)] });
    }
}
