using System.Text.Json.Nodes;
using Edge.Buses;
using Edge.Cameras;
using Edge.Hil.Camera;
using Edge.Hil.Emulation;
using Edge.Hil.Links;
using Edge.Hil.Monitor;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Realtime;
using Edge.Robots;

namespace Edge.Hil.RealTime;

/// <summary>
/// The rig in real time: the plant and the emulated devices on ptys at 1 kHz, the camera as MJPEG over HTTP at 10 Hz. The controller runs in a process of its
/// own and finds them through the robot file that <see cref="WriteRobotFile"/> makes.
/// </summary>
public sealed class RealTimeRig : IDisposable
{
    private const int FrameMs = 100;
    private const int RecordEverySteps = 40; // 25 poses a second
    private const int MostRecords = 25 * 60 * 15;
    private const int JpegQuality = 88;
    private const int MostCatchUpSteps = 5; // beyond that the plant runs slow rather than starve the kernel's own threads
    private const double Phase = 0.5; // of its period: between two ticks of the controller's loop
    private const int Priority = 60; // below the controller's loop, above everybody else

    private readonly RobotDescription _robot;
    private readonly CameraDescription _camera;
    private readonly DeviceSet _devices;
    private readonly Dictionary<string, PtyLink> _links = [];
    private readonly MjpegServer _server;
    private readonly LatestMailbox<double[]> _poses;
    private readonly MonotonicClock _clock = new();
    private readonly List<Thread> _threads = [];
    private readonly List<(long TimeNs, double[] Pose)> _recorded = new(MostRecords);
    private readonly Lock _plantLock = new();
    private volatile bool _stop;

    /// <summary>Sets up a scene; <see cref="Start"/> lets time run. A further <paramref name="observer"/> sees the commands on the buses as <see cref="Monitor"/> does.</summary>
    public RealTimeRig(RobotDescription robot, Scene scene, IMitObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(robot);
        _robot = robot;
        _camera = robot.PolicyCamera;
        Plant = new MuJoCoPlant(robot, scene);
        Monitor = new BusMonitor(robot, exactTiming: false);
        _devices = new DeviceSet(robot, Plant, bus => _links[bus.Name] = new PtyLink(), observer is null ? Monitor : new MitObservers(Monitor, observer));
        _server = new MjpegServer(0, _camera.Name);
        _poses = new(() => new double[Plant.PoseSize]);
    }

    /// <summary>The physics. Read it through <see cref="Read"/> while time runs.</summary>
    public MuJoCoPlant Plant { get; }

    /// <summary>The devices, for faults.</summary>
    public DeviceSet Devices => _devices;

    /// <summary>The camera's stream, for faults.</summary>
    public MjpegStream CameraStream => _server.Camera(_camera.Name);

    /// <summary>Checks the limits from the frames on the bus.</summary>
    public BusMonitor Monitor { get; }

    /// <summary>Poses for the film: monotonic time and pose, 25 a second. Complete after <see cref="Dispose"/> or <see cref="Stop"/>.</summary>
    public IReadOnlyList<(long TimeNs, double[] Pose)> Recorded => _recorded;

    /// <summary>Lets time run.</summary>
    public void Start()
    {
        _threads.Add(new Thread(RunPlant) { Name = "plant", IsBackground = true });
        _threads.Add(new Thread(RunCamera) { Name = "camera", IsBackground = true });
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Reads the ground truth between two steps.</summary>
    public T Read<T>(Func<MuJoCoPlant, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        lock (_plantLock)
            return read(Plant);
    }

    /// <summary>The ground truth of the world now.</summary>
    public WorldState ReadWorld() => Read(plant =>
    {
        var world = new WorldState(plant.Scene.Objects.Count);
        plant.ReadWorld(world);
        return world;
    });

    /// <summary>Writes the robot file again with this rig's devices in it.</summary>
    /// <param name="source">Robot file to start from.</param>
    /// <param name="path">Where to write.</param>
    /// <param name="mqttPort">Port of the broker on loopback.</param>
    /// <param name="change">Further changes; null: none.</param>
    public void WriteRobotFile(string source, string path, int mqttPort, Action<JsonNode>? change = null)
    {
        var json = JsonNode.Parse(File.ReadAllText(source))!;
        json.AsObject().Remove("$schema");
        foreach (var bus in json["buses"]!.AsArray())
            bus!["device"] = _links[bus["name"]!.GetValue<string>()].SlavePath;
        foreach (var camera in json["cameras"]!.AsArray())
            (camera!["source"], camera["timeoutSeconds"]) = (_server.Address(camera["name"]!.GetValue<string>()), 2);
        (json["mqtt"]!["host"], json["mqtt"]!["port"]) = ("127.0.0.1", mqttPort);
        // A rig often runs in a virtual machine, which may stand still for a tenth of a second, and its bytes pass through a kernel thread of ordinary
        // priority: its robot bears what a robot on the bench should not.
        json["loop"]!["maxMissedTicksInARow"] = 300;
        (json["safety"]!["deviceSilentSeconds"], json["safety"]!["toolSilentSeconds"]) = (0.3, 1.0);
        foreach (var joint in json["joints"]!.AsArray())
            joint!["drive"]!["timeoutSeconds"] = 0.4;
        json["policy"]!["package"] = _robot.Policy.Package;
        json["planner"]!["package"] = _robot.Planner.Package;
        change?.Invoke(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    /// <summary>Time stands still from here on.</summary>
    public void Stop()
    {
        _stop = true;
        foreach (var thread in _threads)
            thread.Join();
        _threads.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _server.Dispose();
        foreach (var link in _links.Values)
            link.Dispose();
        Plant.Dispose();
    }

    private void RunPlant()
    {
        // Best effort: without the right to it the rig still runs, only less evenly. The controller's loop has the last core to itself.
        _ = Scheduling.Pin(0);
        _ = Scheduling.UseFifo(Priority);
        var schedule = PeriodicSleep.Start(_clock.NowNs, MuJoCoPlant.StepNs, Phase);
        long steps = 0;
        while (!_stop)
        {
            PeriodicSleep.Until(schedule.DueNs);
            var now = _clock.NowNs;
            // The physics keeps up with real time: what was missed is made up for, a few steps at once.
            var missed = Math.Min(PeriodicSleep.Arrive(ref schedule, now), MostCatchUpSteps);
            lock (_plantLock)
            {
                for (var i = 0; i <= missed; i++)
                {
                    _devices.Tick(now);
                    Plant.Step();
                    if (++steps % RecordEverySteps == 0)
                        Record(now);
                }
            }

            PeriodicSleep.Leave(ref schedule, _clock.NowNs);
        }
    }

    private void Record(long nowNs)
    {
        Plant.CopyPose(_poses.WriteSlot);
        if (_recorded.Count < MostRecords)
            _recorded.Add((nowNs, (double[])_poses.WriteSlot.Clone()));
        _poses.Publish();
    }

    private void RunCamera()
    {
        using var renderer = Plant.CreateRenderer(_camera.WidthPx, _camera.HeightPx);
        var pose = Plant.Camera(_camera.Name);
        var bgr = new byte[_camera.WidthPx * _camera.HeightPx * 3];
        var jpeg = new byte[bgr.Length];
        var next = Environment.TickCount64;
        while (!_stop)
        {
            if (_poses.TryTake(out var arm))
            {
                renderer.Render(arm, pose, _camera.WidthPx, _camera.HeightPx, bgr);
                var length = ImageOps.EncodeJpeg(bgr, _camera.WidthPx, _camera.HeightPx, JpegQuality, jpeg);
                CameraStream.Publish(jpeg.AsSpan(0, length));
            }

            next += FrameMs;
            Thread.Sleep((int)Math.Clamp(next - Environment.TickCount64, 1, FrameMs));
        }
    }
}
