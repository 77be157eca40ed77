using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;
using Edge.Policy;

namespace Edge.Hil.Tasks;

/// <summary>Where one object is to stand.</summary>
/// <param name="Thing">The object.</param>
/// <param name="X">Base frame, metres; without meaning where <see cref="On"/> names an object.</param>
/// <param name="Y">Base frame, metres.</param>
public readonly record struct Placement(int Thing, double X, double Y)
{
    private readonly int _onPlusOne;

    /// <summary>The object that it is to stand on; -1: the table.</summary>
    public int On
    {
        get => _onPlusOne - 1;
        init => _onPlusOne = value + 1;
    }

    /// <summary>The picture does not show the place: it is where something once stood, so the memory must tell.</summary>
    public bool FromMemory { get; init; }

    /// <summary>On top of another object.</summary>
    public static Placement OnTop(int thing, int carrier) => new(thing, 0, 0) { On = carrier };
}

/// <summary>Picks and places things until all stand where they are to: what most tasks come down to.</summary>
public static class Arrangement
{
    /// <summary>A thing this near to its place stands there; nearer than any task's tolerance.</summary>
    private const double ThereM = 0.03, OnTopM = 0.015;

    /// <summary>Two things need this much more than their footprints.</summary>
    private const double GapM = 0.006;

    private const double RememberedM = 0.02;

    /// <summary>The next call: placements are made in their order; whatever is in the way is put aside. Done when all are made.</summary>
    public static OracleCall Next(Scene scene, WorldState world, IReadOnlyList<MemoryEntry> memory, IReadOnlyList<Placement> plan)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(plan);
        var held = world.Held;
        foreach (var placement in plan)
        {
            if (IsMade(world, placement))
                continue;
            var (x, y) = TargetOf(world, placement);
            var occupant = placement.On >= 0 ? TopOf(world, placement.On) : Occupant(scene, world, placement, x, y);
            var isFree = occupant < 0 || occupant == placement.On || occupant == placement.Thing;
            if (held == placement.Thing)
                return isFree ? Place(memory, placement, x, y) : Aside(scene, world, plan);
            if (held >= 0)
                return PlaceHeld(scene, world, memory, plan);
            if (!isFree)
                return RigTask.Pick(world, TopOf(world, occupant));
            return RigTask.Pick(world, TopOf(world, placement.Thing));
        }

        return held >= 0 && plan.Any(p => p.Thing == held) ? Aside(scene, world, plan) : OracleCall.Done;
    }

    /// <summary>Is a thing where it is to be?</summary>
    public static bool IsMade(WorldState world, Placement placement)
    {
        ArgumentNullException.ThrowIfNull(world);
        ref var thing = ref world.Objects[placement.Thing];
        if (world.Held == placement.Thing)
            return false;
        var (x, y) = TargetOf(world, placement);
        return placement.On >= 0
            ? world.Held != placement.On && thing.Carrier == placement.On && thing.DistanceTo(x, y) < OnTopM
            : thing.ClearanceM < 0.005 && thing.DistanceTo(x, y) < ThereM;
    }

    /// <summary>The topmost of the things that stand on this one; itself when nothing does.</summary>
    public static int TopOf(WorldState world, int thing)
    {
        ArgumentNullException.ThrowIfNull(world);
        for (var i = 0; i < world.Objects.Length; i++)
        {
            if (i != thing && i != world.Held && world.Objects[i].Carrier == thing)
                return TopOf(world, i);
        }

        return thing;
    }

    /// <summary>The slot of the first successful call at a place; 0: none.</summary>
    public static int SlotAt(IReadOnlyList<MemoryEntry> memory, double x, double y)
    {
        ArgumentNullException.ThrowIfNull(memory);
        foreach (var entry in memory)
        {
            if (entry.Outcome == SubtaskOutcome.Succeeded && Math.Sqrt(((entry.Pose.X - x) * (entry.Pose.X - x)) + ((entry.Pose.Y - y) * (entry.Pose.Y - y))) < RememberedM)
                return entry.Slot;
        }

        return 0;
    }

    private static OracleCall Place(IReadOnlyList<MemoryEntry> memory, Placement placement, double x, double y)
    {
        var slot = placement.FromMemory ? SlotAt(memory, x, y) : 0;
        return slot > 0 ? OracleCall.AtMemory("place", slot) : OracleCall.At("place", x, y);
    }

    /// <summary>What hangs on the cup is not next: it goes to its own place if that is free and on the table, else aside.</summary>
    private static OracleCall PlaceHeld(Scene scene, WorldState world, IReadOnlyList<MemoryEntry> memory, IReadOnlyList<Placement> plan)
    {
        foreach (var placement in plan)
        {
            if (placement.Thing == world.Held && placement.On < 0 && !plan.Any(p => p.On >= 0) && Occupant(scene, world, placement, placement.X, placement.Y) < 0)
                return Place(memory, placement, placement.X, placement.Y);
        }

        return Aside(scene, world, plan);
    }

    private static OracleCall Aside(Scene scene, WorldState world, IReadOnlyList<Placement> plan)
    {
        var taken = new List<(double X, double Y)>();
        foreach (var placement in plan)
        {
            if (placement.On < 0)
                taken.Add((placement.X, placement.Y));
        }

        taken.AddRange(scene.Areas.Where(area => area.HeightM == 0).Select(area => (area.X, area.Y)));
        var (x, y) = RigTask.FreeSpot(world, world.Held, [.. taken]);
        return OracleCall.At("place", x, y);
    }

    private static (double X, double Y) TargetOf(WorldState world, Placement placement) =>
        placement.On >= 0 ? (world.Objects[placement.On].X, world.Objects[placement.On].Y) : (placement.X, placement.Y);

    private static int Occupant(Scene scene, WorldState world, Placement placement, double x, double y)
    {
        for (var i = 0; i < world.Objects.Length; i++)
        {
            var least = scene.Objects[i].FootprintRadiusM + scene.Objects[placement.Thing].FootprintRadiusM + GapM;
            if (i != world.Held && i != placement.Thing && world.Objects[i].ClearanceM < 0.005 && world.Objects[i].DistanceTo(x, y) < least)
                return i;
        }

        return -1;
    }
}
