using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>A task that is solved by putting things where they belong, one after the other.</summary>
public abstract class ArrangeTask : RigTask
{
    /// <summary>Where things are to stand, given the milestones reached, in the order in which they must be put there.</summary>
    public abstract IReadOnlyList<Placement> Plan(Scene scene, TaskGoal goal, int milestone);

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(world);
        return Arrangement.Next(scene, world, memory, Plan(scene, goal, world.Milestone));
    }

    /// <summary>One on top of the other: the first carries the second, and so on.</summary>
    protected static IEnumerable<Placement> Stack(IReadOnlyList<int> fromBelow)
    {
        for (var i = 1; i < fromBelow.Count; i++)
            yield return Placement.OnTop(fromBelow[i], fromBelow[i - 1]);
    }

    /// <summary>Does each stand on the one before?</summary>
    protected static bool IsStacked(WorldState world, IReadOnlyList<int> fromBelow)
    {
        ArgumentNullException.ThrowIfNull(fromBelow);
        for (var i = 1; i < fromBelow.Count; i++)
        {
            if (!IsOn(world, fromBelow[i], fromBelow[i - 1]))
                return false;
        }

        return true;
    }

    /// <summary>Does each stand where it was drawn (AtPos)?</summary>
    protected static bool AreAtStart(Scene scene, WorldState world, IEnumerable<int> things) =>
        things.All(thing => StandsAt(world, thing, scene.Objects[thing].X, scene.Objects[thing].Y));

    /// <summary>Back to where it was drawn; only the memory tells.</summary>
    protected static Placement BackToStart(Scene scene, int thing)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return new Placement(thing, scene.Objects[thing].X, scene.Objects[thing].Y) { FromMemory = true };
    }

    /// <summary>Places for several things on one area, apart from one another.</summary>
    protected static (double X, double Y) SpotOn(SceneArea area, int index, int count)
    {
        ArgumentNullException.ThrowIfNull(area);
        const double HalfPitchM = 0.034;
        return count switch
        {
            1 => (area.X, area.Y),
            2 => (area.X, area.Y + (index == 0 ? -HalfPitchM : HalfPitchM)),
            _ => (area.X + (index < 2 ? -HalfPitchM : HalfPitchM), area.Y + (index % 2 == 0 ? -HalfPitchM : HalfPitchM)),
        };
    }
}
