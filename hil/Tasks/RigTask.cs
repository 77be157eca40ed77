using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;
using Edge.Policy;

namespace Edge.Hil.Tasks;

/// <summary>
/// A kind of task: how its scenes are drawn, how people ask for it, how to solve it and when it is solved. Stateless; a new task is a new subclass and a line
/// in <see cref="TaskRegistry"/>.
/// </summary>
public abstract class RigTask
{
    /// <summary>Where a thing may be put aside, in order of preference; base frame, metres. So far apart that one object can spoil only one of them.</summary>
    public static IReadOnlyList<(double X, double Y)> AsideSpots { get; } =
        [(0.43, 0.0), (0.34, -0.18), (0.34, 0.18), (0.52, -0.18), (0.52, 0.18)];

    /// <summary>Clearance that a spot needs from the middle of every object on the table, metres.</summary>
    public const double AsideClearanceM = 0.085;

    /// <summary>Name, as used in files and on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Draws an episode. The same seed gives the same episode.</summary>
    public TaskEpisode Sample(ulong seed, InstructionSplit split = InstructionSplit.Train)
    {
        var random = SceneRandom.For(seed, Name);
        var (scene, goal) = Draw(random);
        return new TaskEpisode(this, seed, scene, goal, Instruct(scene, goal, split, random));
    }

    /// <summary>The sentence that asks for a goal.</summary>
    public string Instruct(Scene scene, TaskGoal goal, InstructionSplit split, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        var text = Instructions.Draw(Name, split, random).Replace("{a}", scene.Objects[goal.A].Name, StringComparison.Ordinal);
        if (goal.B >= 0)
            text = text.Replace("{b}", scene.Objects[goal.B].Name, StringComparison.Ordinal);
        return goal.Area >= 0 ? text.Replace("{area}", scene.Areas[goal.Area].Name, StringComparison.Ordinal) : text;
    }

    /// <summary>A goal of this kind that makes sense for a scene in a state of the world; null when there is none.</summary>
    public abstract TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random);

    /// <summary>The call that comes next, given the truth and what was done so far in this task.</summary>
    public abstract OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory);

    /// <summary>Is the goal reached? Judged from the truth at the start and now.</summary>
    public abstract bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now);

    /// <summary>Draws a scene and a goal in it.</summary>
    protected abstract (Scene Scene, TaskGoal Goal) Draw(SceneRandom random);

    /// <summary>Pick up a thing where it stands.</summary>
    protected static OracleCall Pick(WorldState world, int thing) => OracleCall.At("pick", world.Objects[thing].X, world.Objects[thing].Y);

    /// <summary>Put what is held aside: on the first of <see cref="AsideSpots"/> that is free, or the freest.</summary>
    protected static OracleCall PutAside(WorldState world)
    {
        var (best, clearest) = (AsideSpots[0], 0.0);
        foreach (var spot in AsideSpots)
        {
            var clearance = Clearance(world, spot.X, spot.Y);
            if (clearance >= AsideClearanceM)
                return OracleCall.At("place", spot.X, spot.Y);
            if (clearance > clearest)
                (best, clearest) = (spot, clearance);
        }

        return OracleCall.At("place", best.X, best.Y);
    }

    /// <summary>Did the newest call, one of this function, succeed?</summary>
    protected static bool LastSucceeded(IReadOnlyList<MemoryEntry> memory, string function) =>
        memory.Count > 0 && memory[^1].Outcome == SubtaskOutcome.Succeeded && Calls(memory[^1], function);

    /// <summary>Is this entry a call of that function?</summary>
    protected static bool Calls(MemoryEntry entry, string function) => entry.Call.StartsWith($"{function}(", StringComparison.Ordinal);

    /// <summary>Stands on the table by itself: released, at rest, touching the ground.</summary>
    protected static bool Stands(WorldState world, int thing) => world.Held != thing && world.Objects[thing] is { IsStatic: true, ClearanceM: < 0.005 };

    /// <summary>Stands at a place: within 5 cm (AtPos).</summary>
    protected static bool StandsAt(WorldState world, int thing, double x, double y) => Stands(world, thing) && world.Objects[thing].DistanceTo(x, y) < 0.05;

    /// <summary>Distance from a point to the nearest object that is not held.</summary>
    private static double Clearance(WorldState world, double x, double y)
    {
        var nearest = double.MaxValue;
        for (var i = 0; i < world.Objects.Length; i++)
        {
            if (i != world.Held)
                nearest = Math.Min(nearest, world.Objects[i].DistanceTo(x, y));
        }

        return nearest;
    }
}

/// <summary>What a task's sentence names, as indices into the scene; -1 where it names nothing.</summary>
/// <param name="A">First object.</param>
/// <param name="B">Second object.</param>
/// <param name="Area">Area.</param>
public readonly record struct TaskGoal(int A, int B = -1, int Area = -1);

/// <summary>One drawn task: a scene, a goal and the sentence for it.</summary>
public sealed record TaskEpisode(RigTask Task, ulong Seed, Scene Scene, TaskGoal Goal, string Instruction)
{
    /// <summary>The call that comes next.</summary>
    public OracleCall Next(WorldState world, IReadOnlyList<MemoryEntry> memory) => Task.Next(Scene, Goal, world, memory);

    /// <summary>Is the goal reached?</summary>
    public bool IsSuccess(WorldState start, WorldState now) => Task.IsSuccess(Scene, Goal, start, now);
}
