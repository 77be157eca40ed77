using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;
using Edge.Policy;

namespace Edge.Hil.Tasks;

/// <summary>
/// Let two objects change places: each must end within 5 cm of where the other stood. Where they stood is gone from the picture by the time it is needed, so
/// nobody solves this without the memory.
/// </summary>
public sealed class SwapTask : RigTask
{
    /// <summary>A thing nearer than this to its remembered place is still there.</summary>
    private const double StillThereM = 0.02;

    /// <inheritdoc/>
    public override string Name => "swap";

    /// <inheritdoc/>
    public override TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random)
    {
        if (world.Held >= 0 || scene.Objects.Count < 2)
            return null;
        var a = random.Below(scene.Objects.Count);
        return new TaskGoal(a, (a + 1 + random.Below(scene.Objects.Count - 1)) % scene.Objects.Count);
    }

    /// <summary>
    /// Pick A, put it aside, pick B, place it where A stood, pick A where it was put aside, place it where B stood. Even stages pick, odd ones place; a stage
    /// ends with its first success, and later stages refer to the slots of those successes.
    /// </summary>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ReadOnlySpan<int> things = [goal.A, goal.A, goal.B, goal.B, goal.A, goal.A];
        Span<int> slots = stackalloc int[6];
        var stage = 0;
        foreach (var entry in memory)
        {
            if (stage == 6)
                break;
            var picks = stage % 2 == 0;
            // A pick in a stage that places brought a dropped thing back: the stage goes on.
            if (entry.Outcome == SubtaskOutcome.Succeeded && Calls(entry, picks ? "pick" : "place"))
                slots[stage++] = entry.Slot;
        }

        if (stage == 6)
            return OracleCall.Done;
        var thing = things[stage];
        if (stage % 2 == 0 && world.Held == thing && memory.Count > 0)
            slots[stage++] = memory[^1].Slot; // the pick was called failed, yet the thing hangs there
        if (world.Held >= 0 && world.Held != thing)
            return PutAside(world);
        if (stage % 2 == 1 && world.Held < 0)
            return Pick(world, thing); // dropped on the way

        return stage switch
        {
            1 => PutAside(world, StartOf(scene, goal.A), StartOf(scene, goal.B)),
            3 => OracleCall.AtMemory("place", slots[0]),
            4 when IsStillAt(world, thing, slots[1], memory) => OracleCall.AtMemory("pick", slots[1]),
            5 => OracleCall.AtMemory("place", slots[2]),
            _ => Pick(world, thing),
        };
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) =>
        StandsAt(now, goal.A, start.Objects[goal.B].X, start.Objects[goal.B].Y) && StandsAt(now, goal.B, start.Objects[goal.A].X, start.Objects[goal.A].Y);

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        while (true)
        {
            var scene = SceneSampler.Draw(random, random.Between(2, 4), random.Between(0, 1));
            var (a, b) = (scene.Objects[0], scene.Objects[1]);
            // At least 10 cm apart, so that standing where one began cannot count for the other.
            if (((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)) > 0.1 * 0.1)
                return (scene, new TaskGoal(0, 1));
        }
    }

    private static bool IsStillAt(WorldState world, int thing, int slot, IReadOnlyList<MemoryEntry> memory)
    {
        foreach (var entry in memory)
        {
            if (entry.Slot == slot)
                return world.Objects[thing].DistanceTo(entry.Pose.X, entry.Pose.Y) < StillThereM;
        }

        return false;
    }
}
