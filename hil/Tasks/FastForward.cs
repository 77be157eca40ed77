using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Hil.Tasks;

/// <summary>
/// A world in which a call takes no time: what it would do to the things happens at once, a little off, and now and then it fails. Stands in for the whole
/// low level wherever only the planner's decisions matter.
/// </summary>
public sealed class FastForward
{
    private const double ReachM = 0.03, GapM = 0.008;

    private readonly Scene _scene;
    private readonly CameraModel _camera;
    private readonly BoxDescription _workspace;
    private readonly SceneRandom _random;
    private readonly double _failureRate, _noiseM;
    private readonly List<MemoryEntry> _memory = [];

    /// <summary>Starts an episode: things where the scene puts them.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="camera">The calibrated camera.</param>
    /// <param name="workspace">The robot's workspace.</param>
    /// <param name="random">Source of the noise.</param>
    /// <param name="failureRate">Chance of a call to fail.</param>
    /// <param name="noiseM">Deviation of where a placed thing ends, along each axis.</param>
    public FastForward(Scene scene, CameraModel camera, BoxDescription workspace, SceneRandom random, double failureRate = 0.12, double noiseM = 0.006)
    {
        ArgumentNullException.ThrowIfNull(scene);
        (_scene, _camera, _workspace, _random, _failureRate, _noiseM) = (scene, camera, workspace, random, failureRate, noiseM);
        World = new WorldState(scene.Objects.Count) { Held = scene.HeldAtStart };
        Yaw = new double[scene.Objects.Count];
        for (var i = 0; i < scene.Objects.Count; i++)
        {
            Yaw[i] = scene.Objects[i].YawRad;
            Put(i, scene.Objects[i].X, scene.Objects[i].Y);
        }

        if (World.Held >= 0)
            Hang(World.Held);
    }

    /// <summary>The truth.</summary>
    public WorldState World { get; }

    /// <summary>What was done so far.</summary>
    public IReadOnlyList<MemoryEntry> Memory => _memory;

    /// <summary>Turn of each object about the vertical, rad.</summary>
    public double[] Yaw { get; }

    /// <summary>Does a call and remembers it.</summary>
    public SubtaskOutcome Apply(ApiInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        var outcome = SubtaskOutcome.Failed;
        if (TargetResolver.TryResolve(invocation, _camera, _memory, _workspace, out var target, out _))
        {
            outcome = invocation.Call.Name switch
            {
                "pick" => DoPick(target),
                "place" => DoPlace(target),
                "touch" => DoTouch(target),
                _ => SubtaskOutcome.Succeeded,
            };
        }

        _memory.Add(new MemoryEntry(_memory.Count + 1, "", 0, CallFormatter.Format(invocation), target, outcome));
        return outcome;
    }

    private SubtaskOutcome DoPick(ToolPose at)
    {
        var thing = ThingAt(at);
        if (World.Held >= 0 || thing < 0)
            return SubtaskOutcome.Failed;
        if (_random.Chance(_failureRate))
        {
            Nudge(thing, 0.01);
            return Failure();
        }

        World.Held = thing;
        Hang(thing);
        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome DoPlace(ToolPose at)
    {
        var thing = World.Held;
        if (thing < 0)
            return SubtaskOutcome.Failed;
        if (!_random.Chance(_failureRate))
        {
            World.Held = -1;
            PutNear(thing, at.X, at.Y, () => (_noiseM * _random.Normal(), _noiseM * _random.Normal()));
            return SubtaskOutcome.Succeeded;
        }

        if (_random.Chance(0.5))
            return Failure(); // still hangs there
        World.Held = -1;
        PutNear(thing, at.X, at.Y, () => (_random.Range(-0.12, 0.12), _random.Range(-0.12, 0.12)));
        return Failure();
    }

    private SubtaskOutcome DoTouch(ToolPose at)
    {
        var thing = ThingAt(at);
        if (World.Held >= 0 || thing < 0)
            return SubtaskOutcome.Failed;
        if (_random.Chance(_failureRate))
            return Failure();
        Nudge(thing, 0.003);
        World.Objects[thing].Touched = true;
        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome Failure() => _random.Chance(0.2) ? SubtaskOutcome.TimedOut : SubtaskOutcome.Failed;

    private int ThingAt(ToolPose at)
    {
        var (nearest, distance) = (-1, ReachM);
        for (var i = 0; i < World.Objects.Length; i++)
        {
            if (i != World.Held && World.Objects[i].DistanceTo(at.X, at.Y) < distance)
                (nearest, distance) = (i, World.Objects[i].DistanceTo(at.X, at.Y));
        }

        return nearest;
    }

    private void Nudge(int thing, double mostM)
    {
        var (x, y) = (World.Objects[thing].X, World.Objects[thing].Y);
        PutNear(thing, x, y, () => (_random.Range(-mostM, mostM), _random.Range(-mostM, mostM)));
    }

    /// <summary>Puts a thing near a point where it touches nothing; where chance finds no such place, on the point itself.</summary>
    private void PutNear(int thing, double x, double y, Func<(double X, double Y)> offset)
    {
        for (var attempt = 0; attempt < 30; attempt++)
        {
            var (dx, dy) = offset();
            double px = Math.Clamp(x + dx, SceneSampler.MinX, SceneSampler.MaxX), py = Math.Clamp(y + dy, -SceneSampler.MaxAbsY, SceneSampler.MaxAbsY);
            if (!IsFree(thing, px, py))
                continue;
            Yaw[thing] += _random.Range(-0.3, 0.3);
            Put(thing, px, py);
            return;
        }

        Put(thing, x, y);
    }

    private bool IsFree(int thing, double x, double y)
    {
        for (var i = 0; i < World.Objects.Length; i++)
        {
            var least = _scene.Objects[i].FootprintRadiusM + _scene.Objects[thing].FootprintRadiusM + GapM;
            if (i != thing && i != World.Held && World.Objects[i].DistanceTo(x, y) < least)
                return false;
        }

        return true;
    }

    private void Put(int thing, double x, double y)
    {
        ref var state = ref World.Objects[thing];
        (state.X, state.Y, state.Z, state.ClearanceM, state.YawRad) = (x, y, _scene.Objects[thing].HeightM / 2, 0, Yaw[thing]);
    }

    private void Hang(int thing)
    {
        ref var state = ref World.Objects[thing];
        // At home the lip is 0.32 m up; where exactly does not matter to any decision.
        (state.Z, state.ClearanceM, state.EverHeld, state.Touched) = (0.32 - (_scene.Objects[thing].HeightM / 2), 0.32 - _scene.Objects[thing].HeightM, true, true);
    }
}
