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
    private const double ReachM = 0.03, StackReachM = 0.02, GapM = 0.008, ThrowSpreadM = 0.01, BalancedM = 0.015;

    /// <summary>How far a touch, and a grasp that missed, move a thing at most, and how far off it falls from one that broke on the way; metres.</summary>
    private const double TouchedM = 0.003, MissedM = 0.01, DroppedM = 0.12;

    /// <summary>What slides ends so many times further off than what is put down.</summary>
    private const double PushSpread = 2;

    /// <summary>About where the tool waits between calls; where exactly does not matter to any decision.</summary>
    private static readonly ToolPose Home = new(0.3, 0, 0.32, 0);

    private readonly Scene _scene;
    private readonly CameraModel _camera;
    private readonly BoxDescription _workspace;
    private readonly SceneRandom _random;
    private readonly double _failureRate, _noiseM;
    private readonly List<MemoryEntry> _memory = [];
    private bool _missed;

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
        World = new WorldState(scene.Objects.Count) { Held = scene.HeldAtStart, Tool = Home };
        Yaw = new double[scene.Objects.Count];
        for (var i = 0; i < scene.Objects.Count; i++)
        {
            Yaw[i] = scene.Objects[i].YawRad;
            Put(i, scene.Objects[i].X, scene.Objects[i].Y);
            var below = scene.Objects[i].BaseZ > 0 ? i - 1 : -1;
            if (below >= 0)
                PutOn(i, below);
        }

        if (World.Held >= 0)
            Hang(World.Held);
    }

    /// <summary>The truth.</summary>
    public WorldState World { get; }

    /// <summary>What was done so far.</summary>
    public IReadOnlyList<MemoryEntry> Memory => _memory;

    /// <summary>The last call did what it should, whatever the robot believes.</summary>
    public bool LastCallWorked { get; private set; }

    /// <summary>Turn of each object about the vertical, rad.</summary>
    public double[] Yaw { get; }

    /// <summary>A call with the name of what it points at, as a planner without faults would write it: an object, or the area below.</summary>
    public ApiInvocation Named(ApiInvocation call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var isPoint = call.Arguments is [{ MemorySlot: 0 }, ..] && call.Call.Name != "move";
        return isPoint && TargetResolver.TryResolve(call, _camera, _memory, _workspace, out var targets, out _) ? call with { Thing = NameAt(targets.Begin, call.Call.Name == "place" ? StackReachM : ReachM) } : call;
    }

    /// <summary>Does a call and remembers it.</summary>
    public SubtaskOutcome Apply(ApiInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        var outcome = SubtaskOutcome.Failed;
        World.Tool = Home;
        _missed = false;
        if (TargetResolver.TryResolve(invocation, _camera, _memory, _workspace, out var targets, out _))
        {
            var at = targets.Begin;
            outcome = invocation.Call.Name switch
            {
                "pick" => DoPick(at),
                "place" => DoPlace(at),
                "touch" => DoTouch(at),
                "push" or "push_towards" => DoPush(at, targets.End),
                "topple" => DoTopple(at),
                "rotate" => DoRotate(at, targets.End.Yaw),
                "move" => DoMove(at),
                "throw" => DoThrow(at),
                _ => SubtaskOutcome.Succeeded,
            };
        }

        LastCallWorked = outcome == SubtaskOutcome.Succeeded && !_missed;
        var call = CallFormatter.Format(invocation);
        _memory.Add(new MemoryEntry(_memory.Count + 1, "", 0, call, PlannerMemory.WhereItStood(_memory.Count > 0 ? _memory[^1] : null, call, targets.Begin), outcome));
        return outcome;
    }

    private SubtaskOutcome DoPick(ToolPose at)
    {
        var thing = ThingAt(at);
        if (World.Held >= 0)
            return SubtaskOutcome.Failed;
        if (thing < 0)
            return SubtaskOutcome.TimedOut; // the cup waits on the table
        if (_random.Chance(_failureRate))
        {
            var broke = _random.Chance(0.5);
            if (World.Objects[thing].Carrier < 0)
                Drop(thing, World.Objects[thing].X, World.Objects[thing].Y, broke ? DroppedM : MissedM);
            return broke ? SubtaskOutcome.Failed : Failure();
        }

        World.Held = thing;
        Hang(thing);
        TurnBeam();
        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome DoPlace(ToolPose at)
    {
        var thing = World.Held;
        if (thing < 0)
            return SubtaskOutcome.Failed;
        if (!_random.Chance(_failureRate))
        {
            var below = ThingAt(at, StackReachM); // while the held one does not count
            World.Held = -1;
            if (below >= 0)
                PutOn(thing, below);
            else if (_scene.Beam?.TopZ(at.X, at.Y, 0) is > 0 and var topZ)
                PutOnBeam(thing, at.X + (0.3 * _noiseM * _random.Normal()), at.Y + (0.3 * _noiseM * _random.Normal()), topZ);
            else
                PutNear(thing, at.X, at.Y, () => (_noiseM * _random.Normal(), _noiseM * _random.Normal()), turnsRad: 0.05);
            return SubtaskOutcome.Succeeded;
        }

        if (_random.Chance(0.5))
            return Failure(); // still hangs there
        World.Held = -1;
        Drop(thing, at.X, at.Y, DroppedM);
        return Failure();
    }

    private SubtaskOutcome DoTouch(ToolPose at)
    {
        var thing = ThingAt(at);
        if (World.Held >= 0 || thing < 0)
            return SubtaskOutcome.Failed;
        if (_random.Chance(_failureRate))
            return Failure();
        Drop(thing, World.Objects[thing].X, World.Objects[thing].Y, TouchedM);
        World.Objects[thing].Touched = true;
        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome DoPush(ToolPose from, ToolPose to)
    {
        var thing = ThingAt(from);
        if (World.Held >= 0 || thing < 0)
            return SubtaskOutcome.Failed;
        if (_random.Chance(_failureRate))
        {
            // It slipped on the way, mostly near the end.
            var share = _random.Chance(0.5) ? _random.NextDouble() : _random.Range(0.7, 1);
            PutNear(thing, from.X + (share * (to.X - from.X)), from.Y + (share * (to.Y - from.Y)), () => (0, 0));
            return Failure();
        }

        World.Objects[thing].Touched = true;
        PutNear(thing, to.X, to.Y, () => (PushSpread * _noiseM * _random.Normal(), PushSpread * _noiseM * _random.Normal()));
        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome DoTopple(ToolPose at)
    {
        var thing = ThingAt(at);
        if (World.Held >= 0 || thing < 0)
            return SubtaskOutcome.Failed;
        if (_random.Chance(_failureRate))
            return Miss();
        var direction = at.Y >= 0 ? -1 : 1;
        for (var fallen = thing; fallen >= 0; fallen = World.Objects[fallen].Carrier)
        {
            PutNear(fallen, at.X, at.Y + (direction * _random.Range(0.12, 0.18)), () => (_random.Range(-0.03, 0.03), _random.Range(-0.03, 0.03)));
            if (IsTall(fallen))
                World.Objects[fallen].TiltRad = Math.PI / 2;
        }

        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome DoRotate(ToolPose at, double byRad)
    {
        var thing = ThingAt(at);
        if (World.Held >= 0 || thing < 0 || _random.Chance(_failureRate))
            return Failure();
        Yaw[thing] += byRad + (0.03 * _random.Normal());
        (World.Objects[thing].YawRad, World.Objects[thing].EverHeld, World.Objects[thing].Touched) = (Yaw[thing], true, true);
        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome DoMove(ToolPose at)
    {
        if (_random.Chance(_failureRate))
            return Failure();
        World.Tool = at with { Z = Oracle.ExpertCall.HoverZM };
        return SubtaskOutcome.Succeeded;
    }

    private SubtaskOutcome DoThrow(ToolPose at)
    {
        var thing = World.Held;
        if (thing < 0)
            return SubtaskOutcome.Failed;
        var target = ThingAt(at);
        World.Held = -1;
        var misses = _random.Chance(_failureRate);
        // A miss falls short, where it can be picked up again.
        var share = misses ? _random.Range(0.75, 0.85) : 1;
        PutNear(thing, at.X * share, at.Y * share, () => (ThrowSpreadM * _random.Normal(), ThrowSpreadM * _random.Normal()), clampToReach: misses);
        if (misses)
            return Miss();
        if (target >= 0)
        {
            World.Objects[thing].SetMet(1u << target);
            if (IsTall(target))
                World.Objects[target].TiltRad = Math.PI / 2;
        }

        return SubtaskOutcome.Succeeded;
    }

    private bool IsTall(int thing) => _scene.Objects[thing].HeightM > 1.5 * _scene.Objects[thing].WidthM;

    /// <summary>The cup cannot always tell that it missed.</summary>
    private SubtaskOutcome Miss()
    {
        _missed = true;
        return _random.Chance(0.5) ? SubtaskOutcome.Succeeded : Failure();
    }

    private SubtaskOutcome Failure() => _random.Chance(0.2) ? SubtaskOutcome.TimedOut : SubtaskOutcome.Failed;

    /// <summary>The thing nearest to a point; of a stack, the topmost.</summary>
    private int ThingAt(ToolPose at, double within = ReachM)
    {
        var (nearest, distance) = (-1, within);
        for (var i = 0; i < World.Objects.Length; i++)
        {
            if (i != World.Held && World.Objects[i].Carrier < 0 && World.Objects[i].DistanceTo(at.X, at.Y) < distance)
                (nearest, distance) = (i, World.Objects[i].DistanceTo(at.X, at.Y));
        }

        return nearest < 0 ? -1 : Arrangement.TopOf(World, nearest);
    }

    private string NameAt(ToolPose at, double within) =>
        ThingAt(at, within) is >= 0 and var thing ? _scene.Objects[thing].Name : _scene.Areas.FirstOrDefault(area => area.Inside(at.X, at.Y) > 0)?.Name ?? "";

    private void PutOn(int thing, int below)
    {
        ref readonly var carrier = ref World.Objects[below];
        var baseZ = carrier.Z + (_scene.Objects[below].HeightM / 2);
        Put(thing, carrier.X, carrier.Y);
        ref var state = ref World.Objects[thing];
        (state.Carrier, state.ClearanceM, state.Z) = (below, baseZ, baseZ + (_scene.Objects[thing].HeightM / 2));
    }

    private void PutOnBeam(int thing, double x, double y, double topZ)
    {
        Put(thing, x, y);
        (World.Objects[thing].ClearanceM, World.Objects[thing].Z) = (topZ, topZ + (_scene.Objects[thing].HeightM / 2));
        TurnBeam();
    }

    /// <summary>Level where the moments about the pivot are nearly equal, else on the stop of the heavier side.</summary>
    private void TurnBeam()
    {
        if (_scene.Beam is not { } beam)
            return;
        double moment = 0, weight = 0;
        for (var i = 0; i < World.Objects.Length; i++)
        {
            if (i == World.Held || World.Objects[i].Carrier >= 0 || World.Objects[i].ClearanceM == 0)
                continue;
            // Blocks of a beam's scene differ in height alone.
            moment += (World.Objects[i].Y - beam.Y) * _scene.Objects[i].HeightM;
            weight += _scene.Objects[i].HeightM;
        }

        World.BeamRad = Math.Abs(moment) <= BalancedM * weight ? 0 : -Math.Sign(moment) * SceneBeam.StopRad;
    }

    /// <summary>Puts a thing somewhere up to so far from a point, along each axis.</summary>
    private void Drop(int thing, double x, double y, double mostM) => PutNear(thing, x, y, () => (_random.Range(-mostM, mostM), _random.Range(-mostM, mostM)));

    /// <summary>Puts a thing near a point where it touches nothing, turned by up to <paramref name="turnsRad"/>; where chance finds no such place, on the point itself.</summary>
    private void PutNear(int thing, double x, double y, Func<(double X, double Y)> offset, bool clampToReach = true, double turnsRad = 0.3)
    {
        for (var attempt = 0; attempt < 30; attempt++)
        {
            var (dx, dy) = offset();
            var (px, py) = (x + dx, y + dy);
            if (clampToReach)
                (px, py) = (Math.Clamp(px, SceneSampler.MinX, SceneSampler.MaxX), Math.Clamp(py, -SceneSampler.MaxAbsY, SceneSampler.MaxAbsY));
            if (!IsFree(thing, px, py))
                continue;
            Yaw[thing] += _random.Range(-turnsRad, turnsRad);
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
        (state.Carrier, state.TiltRad) = (-1, 0);
    }

    private void Hang(int thing)
    {
        ref var state = ref World.Objects[thing];
        state.Carrier = -1;
        (state.Z, state.ClearanceM, state.EverHeld, state.Touched) = (Home.Z - (_scene.Objects[thing].HeightM / 2), Home.Z - _scene.Objects[thing].HeightM, true, true);
    }
}
