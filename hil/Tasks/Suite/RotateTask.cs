using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Turn the named object by an angle where it stands (AtPose: within 5 cm and 18 degrees).</summary>
public class RotateTask : RigTask
{
    /// <summary>A call turns by at most so many steps of 30 degrees.</summary>
    private const int FarthestSteps = 4;

    /// <summary>A turn is right when it is off by less; the call turns in steps of 30 degrees.</summary>
    private const double EnoughRad = 15.5 * Math.PI / 180, ToleranceRad = 18 * Math.PI / 180;

    /// <inheritdoc/>
    public override string Name => "rotate";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(goal);
        foreach (var thing in goal.Objects)
        {
            if (Turn(scene, world, memory, thing, goal.Degrees) is { } call)
                return call;
        }

        return OracleCall.Done;
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now) => goal.Objects.All(thing => IsAtPose(scene, now, thing, goal.Degrees, StartOf(scene, thing)));

    /// <summary>At a place and turned by so many degrees since the start.</summary>
    protected static bool IsAtPose(Scene scene, WorldState world, int thing, int degrees, (double X, double Y) place) =>
        StandsAt(world, thing, place.X, place.Y) && Math.Abs(Remaining(scene, world, thing, degrees)) < ToleranceRad && world.Objects[thing].TiltRad < ToleranceRad;

    /// <summary>The call that turns an object towards so many degrees from its start; null when it stands right.</summary>
    protected static OracleCall? Turn(Scene scene, WorldState world, IReadOnlyList<MemoryEntry> memory, int thing, int degrees)
    {
        ArgumentNullException.ThrowIfNull(world);
        if (world.Held >= 0)
            return PutAside(world);
        var remaining = Remaining(scene, world, thing, degrees);
        if (Math.Abs(remaining) < EnoughRad)
            return null;
        var steps = (int)Math.Round(remaining * 6 / Math.PI);
        // The wrist does not reach so far everywhere: first a quarter of a turn. Half a turn the one way is half a turn the other.
        if (Math.Abs(steps) > FarthestSteps)
            steps = Math.Abs(steps) == 6 ? 3 * Math.Sign(degrees) : 3 * Math.Sign(steps);
        ref var state = ref world.Objects[thing];
        var slot = Arrangement.SlotAt(memory, state.X, state.Y);
        return new OracleCall("rotate", slot, state.X, state.Y) { Degrees = 30 * (steps == 0 ? Math.Sign(remaining) : steps) };
    }

    /// <summary>The turn that is left, the short way, rad.</summary>
    private static double Remaining(Scene scene, WorldState world, int thing, int degrees) =>
        Math.IEEERemainder(scene.Objects[thing].YawRad + (degrees * Math.PI / 180) - world.Objects[thing].YawRad, Math.Tau);

    /// <summary>30 to 150 degrees, either way.</summary>
    protected static int DrawDegrees(SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return 30 * random.Between(1, 5) * (random.Chance(0.5) ? 1 : -1);
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random) =>
        (SceneSampler.Draw(random, random.Between(1, 3), 0), new TaskGoal(0) { Degrees = DrawDegrees(random) });
}
