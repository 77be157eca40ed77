using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Oracle;
using Edge.Policy;
using Edge.Realtime;
using Edge.Robots;

namespace Edge.Tests.Policy;

/// <summary>
/// A world without physics: the tool is where it is told to be, things are upright blocks and discs that move only on the cup, and the picture is ray-cast.
/// Hundreds of times faster than the rig; for tests of the policy's code, not for numbers.
/// </summary>
public sealed class KinematicRunner : IPlantTruth, IClock, IDisposable
{
    private const long TickNs = 10_000_000;
    private const long CameraNs = 100_000_000;

    /// <summary>The cup catches what its axis meets within this distance of the middle, metres.</summary>
    private const double CatchShare = 0.8;
    private const double TouchM = 0.0005;
    private const int ValveTicks = 15;

    private readonly List<Body> _bodies = [];
    private readonly Seqlock<RobotSnapshot> _snapshots = new();
    private readonly LatestMailbox<CameraFrame> _frames;
    private readonly LatestMailbox<ActionChunk> _chunks = new(() => new ActionChunk());
    private readonly KinematicCamera _renderer;
    private ToolPose _tool;
    private ActionChunk? _chunk;
    private bool _suctionAsked;
    private int _valveOpen; // ticks, 0..ValveTicks
    private bool _pressed;
    private int _held = -1;
    private long _nowNs;
    private long _frameSequence;

    /// <summary>Takes the camera's description and the home pose.</summary>
    public KinematicRunner(CameraDescription camera, ToolPose home)
    {
        Camera = new CameraModel(camera);
        Home = home;
        _renderer = new KinematicCamera(camera);
        _frames = new LatestMailbox<CameraFrame>(() => new CameraFrame(camera.WidthPx, camera.HeightPx));
        Description = new PolicyDescription("", camera.Name, 4, 0.5);
        Reset(0);
    }

    /// <summary>Calibration of the camera.</summary>
    public CameraModel Camera { get; }

    /// <summary>Tool pose in which every call begins and ends.</summary>
    public ToolPose Home { get; }

    /// <summary>Where everything really is.</summary>
    public IPlantTruth Truth => this;

    /// <inheritdoc/>
    public int ThingCount => _bodies.Count;

    /// <inheritdoc/>
    public int HeldThing => _held;

    /// <inheritdoc/>
    public double HeldDepthM => _held < 0 ? 0 : _bodies[_held].HeightM;

    /// <inheritdoc/>
    public long NowNs => _nowNs;

    /// <summary>Status of the newest stage.</summary>
    public PolicyStatus Status { get; private set; }

    private PolicyDescription Description { get; }

    /// <inheritdoc/>
    public double GroundZ(double x, double y) => 0;

    /// <inheritdoc/>
    public ThingTruth Thing(int index)
    {
        var body = _bodies[index];
        return new ThingTruth(body.X, body.Y, body.Z + body.HeightM, body.HalfSizeM, body.IsObject);
    }

    /// <summary>A new scene for this seed, the arm at home, nothing held.</summary>
    public void Reset(ulong seed)
    {
        var random = new Random((int)(seed % int.MaxValue));
        _bodies.Clear();
        _tool = Home;
        _chunk = null;
        _suctionAsked = false;
        _valveOpen = 0;
        _held = -1;
        var areas = random.Next(0, 3);
        var objects = random.Next(1, 4);
        for (var i = 0; i < areas + objects; i++)
        {
            for (var attempt = 0; attempt < 100; attempt++)
            {
                double x = 0.31 + (0.24 * random.NextDouble()), y = -0.24 + (0.48 * random.NextDouble());
                if (_bodies.Any(body => Math.Sqrt(((body.X - x) * (body.X - x)) + ((body.Y - y) * (body.Y - y))) < 0.1))
                    continue;
                var isObject = i >= areas;
                var halfSize = isObject ? 0.018 + (0.012 * random.NextDouble()) : 0.045;
                var height = isObject ? 0.025 + (0.045 * random.NextDouble()) : 0.001;
                _bodies.Add(new Body(x, y, 0, height, halfSize, isObject, random.Next(2) == 0, random.Next(0x1000000)));
                break;
            }
        }
    }

    /// <summary>Runs a policy stage on this subtask until it ends; it asks for a new chunk after <paramref name="replanSteps"/> steps.</summary>
    public SubtaskOutcome RunSubtask(IChunkPolicy policy, Subtask subtask, int replanSteps)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        var stage = new PolicyStage(
            policy, _snapshots, _frames, _chunks, Description with { ReplanSteps = replanSteps }, Camera.WidthPx, Camera.HeightPx, this);
        stage.Begin(subtask);
        _chunk = null;
        var limitNs = _nowNs + (long)((RobotApi.Calls[subtask.Function].TimeoutSeconds + 2) * 1e9);
        do
        {
            Step(subtask.Id);
            stage.Tick(_nowNs);
            Status = stage.Status;
        }
        while (Status.Outcome == SubtaskOutcome.Running && _nowNs < limitNs);
        return Status.Outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Step(long subtaskId)
    {
        if (_chunks.TryTake(out var chunk))
            _chunk = chunk;
        _nowNs += TickNs;
        if (_chunk is not null && _chunk.SubtaskId == subtaskId)
            Follow(_chunk);
        Feel();
        if (_nowNs % CameraNs == 0)
        {
            var frame = _frames.WriteSlot;
            _renderer.Render(_bodies, _held, _tool, frame);
            frame.TimeNs = _nowNs;
            frame.Sequence = ++_frameSequence;
            _frames.Publish();
        }

        _snapshots.Write(new RobotSnapshot
        {
            TimeNs = _nowNs,
            Tick = _nowNs / TickNs,
            State = ControlState.Running,
            CommandedTool = _tool,
            MeasuredTool = _tool,
            SuctionOn = _suctionAsked,
            Sealed = _held >= 0,
            Pressed = _pressed,
            SubtaskId = subtaskId,
        });
    }

    /// <summary>The pose between two steps of the chunk; past its end, the last.</summary>
    private void Follow(ActionChunk chunk)
    {
        var time = Math.Clamp((_nowNs - chunk.ObservationNs) / (double)chunk.StepNs, 0, chunk.Steps);
        var k = Math.Min(chunk.Steps - 1, (int)time);
        var share = time - k;
        ToolPose a = k == 0 ? chunk.Anchor : chunk.Poses[k - 1], b = chunk.Poses[k];
        _tool = new ToolPose(a.X + (share * (b.X - a.X)), a.Y + (share * (b.Y - a.Y)), a.Z + (share * (b.Z - a.Z)), a.Yaw + (share * (b.Yaw - a.Yaw)));
        _suctionAsked = chunk.Suction[k];
    }

    private void Feel()
    {
        _valveOpen = Math.Clamp(_valveOpen + (_suctionAsked ? 1 : -1), 0, ValveTicks);
        var below = -1;
        var support = 0.0;
        for (var i = 0; i < _bodies.Count; i++)
        {
            var body = _bodies[i];
            if (i == _held || Math.Max(Math.Abs(body.X - _tool.X), Math.Abs(body.Y - _tool.Y)) > body.HalfSizeM * CatchShare)
                continue;
            if (body.Z + body.HeightM > support)
            {
                support = body.Z + body.HeightM;
                below = body.IsObject ? i : -1;
            }
        }

        var lip = _tool.Z - HeldDepthM;
        _pressed = lip <= support + TouchM;
        if (_held >= 0)
        {
            var z = Math.Max(support, lip);
            _bodies[_held] = _bodies[_held] with { X = _tool.X, Y = _tool.Y, Z = z };
            if (_valveOpen == 0)
            {
                _bodies[_held] = _bodies[_held] with { Z = support };
                _held = -1;
            }
        }
        else if (_pressed && below >= 0 && _valveOpen == ValveTicks)
        {
            _held = below;
        }
    }

    /// <summary>An upright block or disc: centre, height of its underside, height, half width, colour 0xRRGGBB.</summary>
    internal readonly record struct Body(double X, double Y, double Z, double HeightM, double HalfSizeM, bool IsObject, bool IsDisc, int Colour);
}
