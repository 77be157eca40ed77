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
        [(0.43, 0.0), (0.34, -0.18), (0.34, 0.18), (0.52, -0.18), (0.52, 0.18), (0.34, 0.0), (0.52, 0.0), (0.43, -0.2), (0.43, 0.2), (0.43, -0.1), (0.43, 0.1)];

    /// <summary>Clearance that a spot needs from the middle of every object on the table, metres.</summary>
    public const double AsideClearanceM = 0.085;

    /// <summary>Name, as used in files and on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The picture that goes with the sentence; null: the sentence says it all.</summary>
    public virtual PromptPicture? Picture(Scene scene, TaskGoal goal, SceneRandom random) => null;

    /// <summary>Draws an episode. The same seed gives the same episode.</summary>
    public TaskEpisode Sample(ulong seed, DataSplit split = DataSplit.Train)
    {
        var random = SceneRandom.For(seed, Name, split);
        var (scene, goal) = Draw(random);
        var instruction = Instruct(scene, goal, split, random);
        return new TaskEpisode(this, seed, scene, goal, instruction, Picture(scene, goal, SceneRandom.For(seed, Name + " picture", split)));
    }

    /// <summary>The sentence that asks for a goal.</summary>
    public string Instruct(Scene scene, TaskGoal goal, DataSplit split, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(goal);
        return Instructions.Fill(Instructions.Draw(Name, split, random, goal), scene, goal);
    }

    /// <summary>A goal of this kind that makes sense for a scene in a state of the world; null when there is none.</summary>
    public virtual TaskGoal? Bind(Scene scene, WorldState world, SceneRandom random) => null;

    /// <summary>How many milestones are reached, given how many were: for goals that lie on the way and may be gone at the end. Asked some tens of times a second.</summary>
    public virtual int Advance(Scene scene, TaskGoal goal, WorldState world, int reached) => reached;

    /// <summary>The call that comes next, given the truth and what was done so far in this task.</summary>
    public abstract OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory);

    /// <summary>Is the goal reached? Judged from the truth at the start and now.</summary>
    public abstract bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now);

    /// <summary>Draws a scene and a goal in it.</summary>
    protected abstract (Scene Scene, TaskGoal Goal) Draw(SceneRandom random);

    /// <summary>Pick up a thing where it stands.</summary>
    internal static OracleCall Pick(WorldState world, int thing) => OracleCall.At("pick", world.Objects[thing].X, world.Objects[thing].Y);

    /// <summary>Put what is held aside: on the first of <see cref="AsideSpots"/> that is free, or the freest.</summary>
    /// <param name="world">The truth.</param>
    /// <param name="keepFree">Places that will be needed.</param>
    protected static OracleCall PutAside(WorldState world, params ReadOnlySpan<(double X, double Y)> keepFree)
    {
        var (x, y) = FreeSpot(world, world.Held, keepFree);
        return OracleCall.At("place", x, y);
    }

    /// <summary>The first of <see cref="AsideSpots"/> that is clear of all objects but one and of some places, or the clearest.</summary>
    internal static (double X, double Y) FreeSpot(WorldState world, int except, params ReadOnlySpan<(double X, double Y)> keepFree)
    {
        var (best, clearest) = (AsideSpots[0], 0.0);
        foreach (var spot in AsideSpots)
        {
            var clearance = Clearance(world, spot.X, spot.Y, except);
            foreach (var (x, y) in keepFree)
                clearance = Math.Min(clearance, Distance(spot, (x, y)));
            if (clearance >= AsideClearanceM)
                return spot;
            if (clearance > clearest)
                (best, clearest) = (spot, clearance);
        }

        return best;
    }

    /// <summary>Distance in the plane of the table.</summary>
    protected static double Distance((double X, double Y) a, (double X, double Y) b) => Math.Sqrt(((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)));

    /// <summary>Did the newest call, one of this function, succeed?</summary>
    protected static bool LastSucceeded(IReadOnlyList<MemoryEntry> memory, string function) =>
        memory.Count > 0 && memory[^1].Outcome == SubtaskOutcome.Succeeded && Calls(memory[^1], function);

    /// <summary>Is this entry a call of that function?</summary>
    internal static bool Calls(MemoryEntry entry, string function) => entry.Call.StartsWith($"{function}(", StringComparison.Ordinal);

    /// <summary>Stands on the table by itself: released, at rest, touching the ground.</summary>
    protected static bool Stands(WorldState world, int thing) => world.Held != thing && world.Objects[thing] is { IsStatic: true, ClearanceM: < 0.005 };

    /// <summary>Stands at a place: within 5 cm (AtPos).</summary>
    protected static bool StandsAt(WorldState world, int thing, double x, double y) => Stands(world, thing) && world.Objects[thing].DistanceTo(x, y) < 0.05;

    /// <summary>On another object: at rest, neither held, its weight borne by it, itself off the ground.</summary>
    protected static bool IsOn(WorldState world, int thing, int carrier) =>
        world.Held != thing && world.Held != carrier && world.Objects[thing] is { IsStatic: true, ClearanceM: > 0.005 } && world.Objects[carrier].IsStatic
        && world.Objects[thing].Carrier == carrier;

    /// <summary>On an area: at rest on the table with its middle inside.</summary>
    protected static bool IsOn(WorldState world, int thing, SceneArea area) =>
        Stands(world, thing) && area.Inside(world.Objects[thing].X, world.Objects[thing].Y) >= 0;

    /// <summary>The area of an object's colour.</summary>
    protected static SceneArea AreaOfColour(Scene scene, int thing) => scene.Areas.First(area => area.Colour == scene.Objects[thing].Colour);

    /// <summary>The nearer to the robot the sooner: where any order would do, there is still one that a picture tells.</summary>
    protected static IEnumerable<int> NearFirst(Scene scene, IEnumerable<int> things)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return things.OrderBy(thing => scene.Objects[thing].X);
    }

    /// <summary>All objects, the nearer to the robot the sooner.</summary>
    protected static IEnumerable<int> NearFirst(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        return NearFirst(scene, Enumerable.Range(0, scene.Objects.Count));
    }

    /// <summary>Does nothing else have an object's name, so that a sentence can mean it alone?</summary>
    internal static bool IsOnlyOfItsName(Scene scene, int thing) => scene.Objects.Count(other => other.Name == scene.Objects[thing].Name) == 1;

    /// <summary>Where an object was drawn.</summary>
    protected static (double X, double Y) StartOf(Scene scene, int thing) => (scene.Objects[thing].X, scene.Objects[thing].Y);

    /// <summary>Distance from a point to the nearest object on the table but one.</summary>
    protected static double Clearance(WorldState world, double x, double y, int except)
    {
        var nearest = double.MaxValue;
        for (var i = 0; i < world.Objects.Length; i++)
        {
            if (i != world.Held && i != except)
                nearest = Math.Min(nearest, world.Objects[i].DistanceTo(x, y));
        }

        return nearest;
    }
}

/// <summary>What a task's sentence names, as indices into the scene.</summary>
/// <param name="A">First object; -1 where the sentence names none.</param>
/// <param name="B">Second object, or -1.</param>
/// <param name="Area">Area, or -1.</param>
public sealed record TaskGoal(int A, int B = -1, int Area = -1)
{
    /// <summary>All objects that the goal is about, in its order.</summary>
    public IReadOnlyList<int> Objects { get; init; } = B >= 0 ? [A, B] : A >= 0 ? [A] : [];

    /// <summary>All areas that the goal is about, in its order.</summary>
    public IReadOnlyList<int> Areas { get; init; } = Area >= 0 ? [Area] : [];

    /// <summary>A turn counter-clockwise from above, degrees; 0 where there is none.</summary>
    public int Degrees { get; init; }

    /// <summary>Places that only a picture tells, base frame, metres.</summary>
    public IReadOnlyList<(double X, double Y)> Spots { get; init; } = [];

    /// <summary>A word of the sentence that is neither a thing nor an angle: a side of the table, or an invented word.</summary>
    public string Word { get; init; } = "";
}

/// <summary>One drawn task: a scene, a goal and the sentence for it, with the picture that belongs to it where there is one.</summary>
public sealed record TaskEpisode(RigTask Task, ulong Seed, Scene Scene, TaskGoal Goal, string Instruction, PromptPicture? Picture = null)
{
    /// <summary>The call that comes next.</summary>
    public OracleCall Next(WorldState world, IReadOnlyList<MemoryEntry> memory) => Task.Next(Scene, Goal, world, memory);

    /// <summary>Takes the milestones of this moment into account.</summary>
    public void Watch(WorldState world)
    {
        ArgumentNullException.ThrowIfNull(world);
        world.Milestone = Task.Advance(Scene, Goal, world, world.Milestone);
    }

    /// <summary>Is the goal reached?</summary>
    public bool IsSuccess(WorldState start, WorldState now) => Task.IsSuccess(Scene, Goal, start, now);
}
