using Edge.Hil.Plant;

namespace Edge.Hil.Tasks;

/// <summary>The sides of a thing, named as those of a map: north is away from the robot, west to its left.</summary>
public static class Sides
{
    /// <summary>What may be called a neighbour: so far away at most, metres, and so much further along the side than across it; what is nearer than the last stands on it or under it.</summary>
    private const double FarthestM = 0.25, Across = 0.5, StackedM = 0.02;

    /// <summary>Word and direction, in the base frame, of each.</summary>
    public static IReadOnlyList<(string Word, double X, double Y)> All { get; } = [("north", 1, 0), ("south", -1, 0), ("west", 0, 1), ("east", 0, -1)];

    /// <summary>The one thing on a side of another; -1: there is nothing within a quarter turn; null: more than one could be meant, or it stands askew or far away.</summary>
    public static int? Neighbour(WorldState world, int thing, (double X, double Y) side)
    {
        ArgumentNullException.ThrowIfNull(world);
        var neighbour = -1;
        for (var other = 0; other < world.Objects.Length; other++)
        {
            double dx = world.Objects[other].X - world.Objects[thing].X, dy = world.Objects[other].Y - world.Objects[thing].Y;
            double along = (dx * side.X) + (dy * side.Y), across = Math.Abs((dx * side.Y) - (dy * side.X));
            if (other == thing || other == world.Held || along <= StackedM || across > along)
                continue;
            if (neighbour >= 0 || along > FarthestM || across > Across * along)
                return null;
            neighbour = other;
        }

        return neighbour;
    }
}
