using Edge.Buses;
using Edge.Cameras;
using Edge.Control;
using Edge.Drives;
using Edge.Hil.Emulation;
using Edge.Hil.Links;
using Edge.Hil.Monitor;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Host;
using Edge.Planner;
using Edge.Policy;
using Edge.Realtime;
using Edge.Robots;

namespace Edge.Hil.Lockstep;

/// <summary>
/// Controller and plant on one thread and a virtual clock: the controller's own stages and drivers, the same bytes on in-memory links, physics and pictures
/// in between. Deterministic for a scene and a seed, and as fast as the machine allows.
/// </summary>
public sealed class LockstepRig : IDisposable
{
    /// <summary>Time between pictures.</summary>
    public const long FrameNs = 100_000_000;

    private const double ParkingYM = 0.4;
    private const long PolicyTickNs = 10_000_000;
    private const long TaskTickNs = 20_000_000;
    private readonly VirtualClock _clock = new();
    private readonly DeviceSet _devices;
    private readonly Picture[] _taken; // as many as a picture is late, and one
    private readonly long _loopNs;
    private readonly RigPictures _pictures;
    private Picture _shown;
    private long _nextFrameNs, _framesTaken;

    /// <summary>Sets up a scene with its controller, disarmed.</summary>
    /// <param name="robot">The robot.</param>
    /// <param name="scene">What stands on the table.</param>
    /// <param name="policy">Makes the policy.</param>
    /// <param name="planner">Makes the planner.</param>
    /// <param name="memoryEnabled">False: the planner goes without memory.</param>
    /// <param name="pictures">Which pictures are drawn: drawing takes most of the time.</param>
    /// <param name="observer">Sees every command on the bus beside the monitor; null: nobody else looks.</param>
    public LockstepRig(
        RobotDescription robot, Scene scene, Func<MuJoCoPlant, IChunkPolicy> policy, Func<MuJoCoPlant, IPlanner> planner, bool memoryEnabled = true, RigPictures pictures = RigPictures.All,
        IMitObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(robot);
        Plant = new MuJoCoPlant(robot, scene);
        Monitor = new BusMonitor(robot, exactTiming: true);
        if (scene.HeldAtStart >= 0)
            Plant.SetObject(scene.HeldAtStart, 0, ParkingYM, 0); // until the suction is on
        var ends = new Dictionary<string, IByteLink>();
        _devices = new DeviceSet(robot, Plant, bus =>
        {
            var (host, device) = MemoryLink.CreatePair();
            ends[bus.Name] = host;
            return device;
        }, observer is null ? Monitor : new ObserverPair(Monitor, observer));
        var drives = DriveSet.Create(robot, bus => ends[bus.Name], bus => new SlcanBus(ends[bus.Name], bus.BitRate, bus.DataBitRate));
        _pictures = pictures;
        Controller = new Controller(robot, drives, pictures == RigPictures.LookedAt ? new LookingPolicy(policy(Plant), Show) : policy(Plant), planner(Plant),
            new PlannerMemory(robot.Planner.MemoryCapacity), _clock, memoryEnabled);
        _taken = [.. Enumerable.Range(0, scene.PictureDelayFrames + 1).Select(_ => new Picture(new CameraFrame(Controller.Camera.WidthPx, Controller.Camera.HeightPx), new double[Plant.PoseSize]))];
        _shown = _taken[0];
        _loopNs = 1_000_000_000L / robot.Loop.RateHz;
    }

    /// <summary>The physics and the ground truth.</summary>
    public MuJoCoPlant Plant { get; }

    /// <summary>The controller under test.</summary>
    public Controller Controller { get; }

    /// <summary>The emulated devices, for faults.</summary>
    public DeviceSet Devices => _devices;

    /// <summary>Holds the frames on the bus against the robot's limits.</summary>
    public BusMonitor Monitor { get; }

    /// <summary>The picture that the controller was given last.</summary>
    public CameraFrame Frame => _shown.Frame;

    /// <summary>Virtual time.</summary>
    public long NowNs => _clock.NowNs;

    /// <summary>Newest snapshot of the control loop.</summary>
    public RobotSnapshot Robot
    {
        get
        {
            Controller.Loop.Snapshots.Read(out var robot);
            return robot;
        }
    }

    /// <summary>Self-test and arming, as the process does at its start; then a thing that is held at the start is hung on the cup.</summary>
    /// <exception cref="InvalidOperationException">A check failed; the message names it.</exception>
    public void Arm()
    {
        Controller.Loop.Commands.Post(ControlCommand.SelfTest);
        Run(() => Robot is { State: ControlState.Idle }, 6);
        Controller.Loop.Commands.Post(ControlCommand.Arm);
        Run(() => Robot is { State: ControlState.Armed, Busy: false }, 2);
        if (Robot.State != ControlState.Armed)
            throw new InvalidOperationException($"the robot did not arm: {Robot.State}, {Robot.Cause}; {Controller.Loop.SelfTest.Failures}");
        if (Plant.Scene.HeldAtStart >= 0)
        {
            Controller.Loop.Commands.Post(new ControlCommand(ControlCommandKind.SuctionOn));
            Run(() => _devices.Valve.Opening > 0.9, 2);
            Plant.AttachToCup(Plant.Scene.HeldAtStart);
            Run(() => Robot.Sealed, 1);
        }
    }

    /// <summary>Runs until the condition holds. False: the time ran out first.</summary>
    public bool Run(Func<bool> until, double atMostSeconds)
    {
        var endNs = NowNs + (long)(atMostSeconds * 1e9);
        while (NowNs < endNs)
        {
            Step();
            if (until())
                return true;
        }

        return false;
    }

    /// <summary>One millisecond: devices and physics, a picture when it is due, then the controller's stages in the order of the data.</summary>
    public void Step()
    {
        _devices.Tick(NowNs);
        Plant.Step();
        _clock.Advance(MuJoCoPlant.StepNs);
        if (NowNs >= _nextFrameNs)
        {
            _nextFrameNs += FrameNs;
            var taken = _taken[_framesTaken % _taken.Length];
            Plant.CopyPose(taken.Pose);
            taken.State = PictureState.Taken;
            // The oldest, which the next picture will overwrite; the controller knows when it came, not when it was taken.
            _shown = _taken[++_framesTaken % _taken.Length];
            (Frame.TimeNs, Frame.Sequence) = (NowNs, _framesTaken);
            if (_pictures == RigPictures.All || (_pictures == RigPictures.LookedAt && Controller.Tasks.AwaitsPicture))
                Draw();
            Controller.OnFrame(Frame);
        }

        if (NowNs % _loopNs == 0)
            Controller.Loop.Tick(NowNs);
        if (NowNs % PolicyTickNs == 0)
            Controller.Policy.Tick(NowNs);
        if (NowNs % TaskTickNs == 0)
        {
            Controller.Tasks.Tick(NowNs);
            Controller.Planner.Tick();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Controller.Dispose();
        Plant.Dispose();
    }

    private void Draw()
    {
        if (_shown.State != PictureState.Taken)
            return;
        Plant.Render(_shown.Pose, Controller.Camera.Name, Frame);
        _shown.State = PictureState.Drawn;
    }

    /// <summary>The policy is about to look at a copy of the newest picture.</summary>
    private void Show(CameraFrame copy)
    {
        if (copy.Sequence != Frame.Sequence)
            throw new InvalidOperationException($"The policy looks at picture {copy.Sequence}; the newest is {Frame.Sequence}.");
        Draw();
        Controller.Steady(Frame, copy);
    }

    private enum PictureState
    {
        None,
        Taken,
        Drawn,
    }

    /// <summary>A picture and the pose that it shows, or will show when it is drawn.</summary>
    private sealed class Picture(CameraFrame frame, double[] pose)
    {
        public CameraFrame Frame { get; } = frame;

        public double[] Pose { get; } = pose;

        public PictureState State { get; set; }
    }

    /// <summary>The policy, for which each picture that it looks at is drawn when it does.</summary>
    private sealed class LookingPolicy(IChunkPolicy policy, Action<CameraFrame> show) : IChunkPolicy
    {
        public long StepNs => policy.StepNs;

        public int ObservationSteps => policy.ObservationSteps;

        public void Begin(Subtask subtask) => policy.Begin(subtask);

        public void Continue(CommittedActions committed) => policy.Continue(committed);

        public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk)
        {
            show(history[^1].Frame);
            return policy.Infer(history, chunk);
        }
    }
}
