using Edge.Buses;
using Edge.Hil.Emulation.Damiao;
using Edge.Hil.Emulation.Feetech;
using Edge.Hil.Emulation.Slcan;
using Edge.Hil.Plant;
using Edge.Robots;

namespace Edge.Hil.Emulation;

/// <summary>
/// All devices of a robot as its file describes them, behind one byte link a bus, on a plant. <see cref="Tick"/> once a step of the physics;
/// it allocates nothing, and for the same bytes at the same times the same bytes come out. The faults may be set from any thread; the rest is the ticking thread's.
/// </summary>
public sealed class DeviceSet
{
    private readonly IArmPlant _plant;
    private readonly EmulatedJoint[] _joints;
    private readonly EmulatedCanBus[] _buses;
    private readonly FeetechLine _toolLine;
    private readonly FeetechServo _valve;
    private long _lastTickNs = -1;
    private volatile int _pendingToolErrors = -1;
    private volatile bool _toolCut;

    /// <summary>Makes the devices.</summary>
    /// <param name="robot">The robot.</param>
    /// <param name="plant">Its physics.</param>
    /// <param name="openLink">Gives the device's end of each bus of the robot; called once a bus.</param>
    /// <param name="observer">Sees every MIT command; null for none.</param>
    /// <param name="seed">Seed of the frames that <see cref="SetDropRate"/> loses.</param>
    /// <exception cref="ArgumentException">The robot names a device that is not emulated; the message says which and what is.</exception>
    public DeviceSet(RobotDescription robot, IArmPlant plant, Func<BusDescription, IByteLink> openLink, IMitObserver? observer = null, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(plant);
        ArgumentNullException.ThrowIfNull(openLink);
        if (plant.JointCount != robot.Joints.Length)
            throw new ArgumentException($"Plant: found {plant.JointCount} joints, the robot has {robot.Joints.Length}.", nameof(plant));

        _plant = plant;
        _joints = new EmulatedJoint[robot.Joints.Length];
        var buses = new List<EmulatedCanBus>();
        FeetechLine? toolLine = null;
        var valve = robot.Tool.Valve;
        Require(valve.Kind, "feetech-sts", "tool.valve.kind");
        _valve = new FeetechServo((byte)valve.Id, valve.OpenSteps, valve.ClosedSteps);

        foreach (var bus in robot.Buses)
        {
            if (bus.Name == valve.Bus)
            {
                Require(bus.Kind, "serial", $"buses.{bus.Name}.kind");
                toolLine = new FeetechLine(openLink(bus), bus.BitRate, _valve);
                continue;
            }

            Require(bus.Kind, "slcan", $"buses.{bus.Name}.kind");
            var joints = MakeJoints(robot, bus);
            buses.Add(new EmulatedCanBus(new SlcanAdapter(openLink(bus)), joints, observer, seed + (ulong)buses.Count));
            foreach (var joint in joints)
                _joints[joint.Index] = joint;
        }

        _buses = [.. buses];
        _toolLine = toolLine ?? throw new ArgumentException($"tool.valve.bus: found \"{valve.Bus}\", which is no bus of the robot.", nameof(robot));
        for (var i = 0; i < _joints.Length; i++)
        {
            if (_joints[i] is null)
                throw new ArgumentException($"joints.{robot.Joints[i].Name}.drive.bus: found \"{robot.Joints[i].Drive.Bus}\", which is no CAN bus of the robot.", nameof(robot));
        }
    }

    /// <summary>The valve's servo.</summary>
    public FeetechServo Valve => _valve;

    /// <summary>What the tool's line did.</summary>
    public FeetechCounters ToolCounters => _toolLine.Counters;

    /// <summary>Frames lost on all CAN buses by <see cref="SetDropRate"/>.</summary>
    public long DroppedFrames => _buses.Sum(bus => bus.Dropped);

    /// <summary>The drive of a joint.</summary>
    public DamiaoDrive Drive(string joint) => Find(joint).Drive;

    /// <summary>The adapter of a CAN bus, in the order of the robot file.</summary>
    public SlcanAdapter Adapter(int canBus) => _buses[canBus].Adapter;

    /// <summary>One step: the devices sense the plant, answer what the host wrote, and act on the plant.</summary>
    public void Tick(long nowNs)
    {
        var seconds = _lastTickNs < 0 ? 0 : (nowNs - _lastTickNs) * 1e-9;
        _lastTickNs = nowNs;

        foreach (var bus in _buses)
            bus.Poll(_plant, nowNs);

        var errors = _pendingToolErrors;
        if (errors >= 0)
        {
            _pendingToolErrors = -1;
            _valve.Fail((FeetechErrors)errors);
        }

        _toolLine.IsCut = _toolCut;
        _toolLine.Poll(nowNs);

        foreach (var bus in _buses)
            bus.Actuate(_plant, nowNs);
        _valve.Update(_plant, seconds);
    }

    /// <summary>Takes a drive off the bus: it neither hears nor answers, so its own time-out will take its energy.</summary>
    public void Silence(string joint) => Find(joint).IsCut = true;

    /// <summary>Lets a drive hear and obey, but not answer.</summary>
    public void Mute(string joint) => Find(joint).IsMute = true;

    /// <summary>Ends <see cref="Silence"/> and <see cref="Mute"/>.</summary>
    public void Restore(string joint)
    {
        Find(joint).IsCut = false;
        Find(joint).IsMute = false;
    }

    /// <summary>Makes a drive find an error, which it latches and reports; <see cref="DamiaoError.Disabled"/> makes it forget one.</summary>
    public void SetError(string joint, DamiaoError error)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)error, (int)DamiaoError.Enabled, nameof(error));
        Find(joint).SetError(error);
    }

    /// <summary>Cuts the tool's line.</summary>
    public void SilenceTool() => _toolCut = true;

    /// <summary>Mends the tool's line.</summary>
    public void RestoreTool() => _toolCut = false;

    /// <summary>Makes the valve's servo find errors; none clears them.</summary>
    public void SetToolErrors(FeetechErrors errors) => _pendingToolErrors = (int)errors;

    /// <summary>Loses this share (0..1) of the frames of all CAN buses, in each direction.</summary>
    public void SetDropRate(double rate)
    {
        if (!(rate is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "Drop rate: allowed 0..1.");
        foreach (var bus in _buses)
            bus.DropRate = rate;
    }

    private static EmulatedJoint[] MakeJoints(RobotDescription robot, BusDescription bus)
    {
        var joints = new List<EmulatedJoint>();
        for (var i = 0; i < robot.Joints.Length; i++)
        {
            var joint = robot.Joints[i];
            if (joint.Drive.Bus != bus.Name)
                continue;

            Require(joint.Drive.Kind, "damiao", $"joints.{joint.Name}.drive.kind");
            var drive = new DamiaoDrive(DamiaoModel.Find(joint.Drive.Model), joint.Drive.CanId, joint.Drive.MasterId, bus.DataBitRate ?? bus.BitRate);
            joints.Add(new EmulatedJoint(i, joint.Name, drive, joint.Drive.Sign, joint.Drive.OffsetRad));
        }

        return [.. joints];
    }

    private static void Require(string found, string allowed, string field)
    {
        if (found != allowed)
            throw new ArgumentException($"{field}: found \"{found}\"; only \"{allowed}\" is emulated.");
    }

    private EmulatedJoint Find(string name) =>
        Array.Find(_joints, joint => joint.Name == name)
        ?? throw new ArgumentException($"Joint: found \"{name}\", allowed {string.Join(", ", _joints.Select(joint => joint.Name))}.", nameof(name));
}
