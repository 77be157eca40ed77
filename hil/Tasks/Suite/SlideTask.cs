using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Tasks that move things without ever grasping them.</summary>
public abstract class SlideTask : RigTask
{
    /// <summary>What slides keeps so far away from the others, metres between middles.</summary>
    protected const double PathClearanceM = 0.075;

    /// <summary>Slide a thing from where it is.</summary>
    protected static OracleCall Push(WorldState world, int thing, (double X, double Y) to, int toSlot = 0)
    {
        ArgumentNullException.ThrowIfNull(world);
        return OracleCall.At("push", world.Objects[thing].X, world.Objects[thing].Y) with { To = to, ToSlot = toSlot };
    }

    /// <summary>Is nothing in the way of a straight slide?</summary>
    protected static bool IsClear(WorldState world, int thing, (double X, double Y) to)
    {
        ArgumentNullException.ThrowIfNull(world);
        var from = (world.Objects[thing].X, world.Objects[thing].Y);
        for (var i = 0; i <= 20; i++)
        {
            double s = i / 20.0, x = from.X + (s * (to.X - from.X)), y = from.Y + (s * (to.Y - from.Y));
            if (Clearance(world, x, y, thing) < PathClearanceM)
                return false;
        }

        return true;
    }

    /// <summary>
    /// The nearest place with a clear way, far enough from here; of those allowed. One of the places where things are put aside too, if one fits: what recurs is learned, where
    /// of a ring of equally good places any one could be meant, a planner writes something between.
    /// </summary>
    protected static (double X, double Y)? FreeWay(WorldState world, int thing, double leastM, Func<(double X, double Y), bool> allowed)
    {
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(allowed);
        return Nearest(AsideSpots) ?? Nearest(Everywhere());

        (double X, double Y)? Nearest(IEnumerable<(double X, double Y)> places) =>
            places.Select(to => ((double X, double Y)?)to)
                .OrderBy(to => Away(to!.Value))
                .FirstOrDefault(to => Away(to!.Value) >= leastM && allowed(to.Value) && IsClear(world, thing, to.Value));

        double Away((double X, double Y) to) => world.Objects[thing].DistanceTo(to.X, to.Y);

        static IEnumerable<(double X, double Y)> Everywhere()
        {
            for (var x = SceneSampler.MinX; x <= SceneSampler.MaxX; x += 0.02)
            {
                for (var y = -SceneSampler.MaxAbsY; y <= SceneSampler.MaxAbsY; y += 0.02)
                    yield return (x, y);
            }
        }
    }

    /// <summary>Flat things, so far apart that one can pass.</summary>
    protected static Scene DrawFlat(SceneRandom random, int count, double leastApartM)
    {
        var names = SceneSampler.DrawNames(random, count, ObjectShape.Cube, ObjectShape.Cylinder);
        return SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. names.Select(n => new ObjectOrder(n.Colour, n.Shape, ObjectSize.Flat))],
            Allows = (thing, before) => before.All(other => Distance((thing.X, thing.Y), (other.X, other.Y)) > leastApartM),
        });
    }
}
