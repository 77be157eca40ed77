using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>
/// A sentence with an invented word that a picture explains: a noun for the thing that it shows; an adjective for the larger or smaller of two like things, the one
/// that stands on an area in the picture; or both.
/// </summary>
public sealed class NovelWordTask(string name, bool isAdjective, bool isNoun) : ArrangeTask
{
    private static readonly string[] Adjectives = ["daxer", "blicker", "zuper"], Nouns = ["dax", "blicket", "wug", "zup"];

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override PromptPicture Picture(Scene scene, TaskGoal goal, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(random);
        var (colour, shape) = isNoun ? (scene.Objects[goal.A].Colour, scene.Objects[goal.A].Shape) : SceneSampler.DrawNames(random, 1, ObjectShape.Cube, ObjectShape.Cylinder)[0];
        var order = !isAdjective
            ? new SceneOrder { Objects = [new(colour, shape, ObjectSize.Any)] }
            : new SceneOrder
            {
                Areas = [new(SceneSampler.DrawColours(random, 1)[0])],
                Objects = [new(colour, shape, goal.A == 0 ? ObjectSize.Lesser : ObjectSize.Greater) { InArea = 0 }, new(colour, shape, goal.A == 0 ? ObjectSize.Greater : ObjectSize.Lesser)],
            };
        return new PromptPicture(SceneSampler.Draw(random, order));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone) => [new(goal.A, scene.Areas[goal.Area].X, scene.Areas[goal.Area].Y)];

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => IsOn(now, goal.A, scene.Areas[goal.Area]);

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        var names = SceneSampler.DrawNames(random, 2, ObjectShape.Cube, ObjectShape.Cylinder);
        ObjectOrder[] objects = isAdjective
            ? [new(names[0].Colour, names[0].Shape, ObjectSize.Lesser), new(names[0].Colour, names[0].Shape, ObjectSize.Greater), new(names[1].Colour, names[1].Shape, ObjectSize.Any)]
            : [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Any))];
        var colours = SceneSampler.DrawColours(random, random.Between(1, 2));
        var scene = SceneSampler.Draw(random, new SceneOrder { Objects = objects, Areas = [.. colours.Select(c => new AreaOrder(c))] });
        var word = (isAdjective ? random.Pick(Adjectives) : "") + (isAdjective && isNoun ? " " : "") + (isNoun ? random.Pick(Nouns) : "");
        return (scene, new TaskGoal(random.Below(2), Area: random.Below(colours.Length)) { Word = word });
    }
}
