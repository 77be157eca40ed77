using Edge.Api;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;

namespace Edge.Hil.Evaluation;

/// <summary>Disturbs one episode, with the truth at hand: through its scene before it begins, or once while it runs.</summary>
internal sealed class Disturber(Disturbance kind, ulong seed)
{
    /// <summary>How far the camera is moved, metres, and turned, rad.</summary>
    public const double CameraShiftM = 0.02, CameraTurnRad = 2 * Math.PI / 180;

    /// <summary>What is left of the light.</summary>
    public const double LightShare = 0.5;

    /// <summary>A thing is shifted so far; where no place is free at that distance, up to so far, metres.</summary>
    public const double ShiftM = 0.04, LongestShiftM = 0.06;

    /// <summary>The tool is on its way to a thing when it is this near in the plane of the table, and still this high above the thing's top, metres.</summary>
    private const double NearM = 0.12, AboveM = 0.02;

    /// <summary>Room that a shifted thing is left on all sides, metres.</summary>
    private const double GapM = 0.01;

    /// <summary>What is tipped further than this does not stand, rad.</summary>
    private const double UprightRad = 0.1;

    private const double DropAfterSeconds = 0.5, ShiftStepM = 0.01;
    private const int Directions = 24;

    private readonly SceneRandom _random = SceneRandom.For(seed, "disturbance");
    private int _held = -1;
    private double _heldSinceSeconds;

    /// <summary>It has come to pass.</summary>
    public bool HasHappened { get; private set; }

    /// <summary>The scene as the episode gets it.</summary>
    public Scene Disturb(Scene scene)
    {
        var look = scene.Look;
        HasHappened = kind is Disturbance.Camera or Disturbance.Light;
        return kind switch
        {
            Disturbance.Camera => scene with { Look = look with { CameraShiftM = Off(look.CameraShiftM, CameraShiftM), CameraTurnRad = Off(look.CameraTurnRad, CameraTurnRad) } },
            Disturbance.Light => scene with { Look = look with { Key = look.Key * LightShare, Ambient = look.Ambient * LightShare, Fill = look.Fill * LightShare } },
            _ => scene,
        };
    }

    /// <summary>Disturbs the plant when the moment has come; to be called some tens of times a second.</summary>
    /// <param name="plant">The plant.</param>
    /// <param name="world">Its truth of this moment.</param>
    /// <param name="running">The call that is being carried out; null: none.</param>
    public void Look(MuJoCoPlant plant, WorldState world, RunningCall? running)
    {
        if (HasHappened)
            return;
        if (kind == Disturbance.Moved && running is { } call)
            HasHappened = TryMove(plant, world, call);
        else if (kind == Disturbance.Dropped)
            HasHappened = TryDrop(plant, world);
    }

    private bool TryMove(MuJoCoPlant plant, WorldState world, RunningCall call)
    {
        if (RobotApi.Calls[call.Function].Arguments is not [{ NamesThing: true, Kind: ArgumentKind.Place }, ..])
            return false;
        var thing = EpisodeJudge.ThingAt(world, call.BeginX, call.BeginY);
        if (thing < 0)
            return false;
        thing = Arrangement.TopOf(world, thing);
        ref readonly var state = ref world.Objects[thing];
        var isNear = state.DistanceTo(world.Tool.X, world.Tool.Y) < NearM && world.Tool.Z > state.ClearanceM + plant.Scene.Objects[thing].HeightM + AboveM;
        if (!isNear || thing == world.Held || state.TiltRad > UprightRad)
            return false;
        var first = _random.Range(-Math.PI, Math.PI);
        for (var shift = ShiftM; shift < LongestShiftM + (ShiftStepM / 2); shift += ShiftStepM)
        {
            for (var i = 0; i < Directions; i++)
            {
                var (sin, cos) = Math.SinCos(first + (2 * Math.PI * i / Directions));
                var (x, y) = (state.X + (shift * cos), state.Y + (shift * sin));
                if (!IsFree(plant.Scene, world, thing, x, y))
                    continue;
                plant.SetObject(thing, x, y, state.YawRad);
                return true;
            }
        }

        return false;
    }

    private bool TryDrop(MuJoCoPlant plant, WorldState world)
    {
        if (world.Held != _held)
            (_held, _heldSinceSeconds) = (world.Held, world.TimeSeconds);
        if (_held < 0 || world.TimeSeconds - _heldSinceSeconds < DropAfterSeconds)
            return false;
        plant.BreakSeal();
        return true;
    }

    /// <summary>On the table and within reach, clear of everything that stands or lies there.</summary>
    private static bool IsFree(Scene scene, WorldState world, int thing, double x, double y)
    {
        var radius = scene.Objects[thing].FootprintRadiusM + GapM;
        if (x < SceneSampler.MinX || x > SceneSampler.MaxX || Math.Abs(y) > SceneSampler.MaxAbsY || scene.Areas.Any(area => area.Inside(x, y) > -radius))
            return false;
        if (scene.Beam is { } beam && Math.Abs(x - beam.X) < SceneBeam.HalfWidthM + radius && Math.Abs(y - beam.Y) < SceneBeam.HalfLengthM + radius)
            return false;
        for (var i = 0; i < world.Objects.Length; i++)
        {
            if (i != thing && i != world.Held && world.Objects[i].DistanceTo(x, y) < scene.Objects[i].FootprintRadiusM + radius)
                return false;
        }

        return true;
    }

    /// <summary>A vector with one of this length and of any direction added.</summary>
    private double[] Off(double[] vector, double length)
    {
        double x = _random.Normal(), y = _random.Normal(), z = _random.Normal(), scale = length / Math.Sqrt((x * x) + (y * y) + (z * z));
        return [vector[0] + (scale * x), vector[1] + (scale * y), vector[2] + (scale * z)];
    }
}
