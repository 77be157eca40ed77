using Edge.Buses;
using Edge.Control;
using Edge.Drives;
using Edge.Hil.Emulation;
using Edge.Hil.Links;
using Edge.Hil.Plant;
using Edge.Robots;
using Edge.Telemetry;

namespace Edge.Hil.Bench;

/// <summary>
/// The control loop with its drivers, SLCAN text and all, against emulated devices on in-memory links and a virtual clock: armed, following chunks along a circle.
/// Only the loop's ticks are timed.
/// </summary>
internal sealed class TickRig : IDisposable
{
    private const long PeriodNs = 1_000_000, ChunkNs = 400_000_000, StepNs = 100_000_000;
    private const int Steps = 16;
    private const double RadiusM = 0.04, TurnRadS = 2;

    private readonly DeviceSet _devices;
    private readonly DriveSet _drives;
    private readonly ControlLoop _loop;
    private long _nowNs = 1_000_000_000;
    private long _nextChunkNs;
    private ToolPose _centre;

    /// <summary>Arms.</summary>
    /// <exception cref="BenchException">It did not arm or does not move.</exception>
    public TickRig(RobotDescription robot)
    {
        var ends = new Dictionary<string, IByteLink>();
        _devices = new DeviceSet(robot, new FreeJoints(robot.HomeRad), bus =>
        {
            var (host, device) = MemoryLink.CreatePair();
            ends[bus.Name] = host;
            return device;
        });
        _drives = DriveSet.Create(robot, bus => ends[bus.Name], bus => new SlcanBus(ends[bus.Name], bus.BitRate, bus.DataBitRate));
        _loop = new ControlLoop(robot, _drives.Groups, _drives.Tool);
        Do(ControlCommand.SelfTest, ControlState.Idle, seconds: 6);
        Do(ControlCommand.Arm, ControlState.Armed, seconds: 2);
        _centre = Snapshot.CommandedTool;
        Do(ControlCommand.Start(1), ControlState.Running, seconds: 1);
    }

    private RobotSnapshot Snapshot
    {
        get
        {
            _loop.Snapshots.Read(out var snapshot);
            return snapshot;
        }
    }

    /// <summary>Runs ticks; returns the processor time that each took, ns.</summary>
    /// <exception cref="BenchException">The loop stopped following.</exception>
    public Histogram Run(int ticks)
    {
        var times = new Histogram();
        for (var i = 0; i < ticks; i++)
            times.Record(Tick());
        return Snapshot is { State: ControlState.Running } ? times : throw new BenchException($"the loop left its path: {Snapshot.State}, {Snapshot.Cause}");
    }

    public void Dispose() => _drives.Dispose();

    /// <summary>A robot with a multiple of the joints, six drives a bus: each joint of the original is so many on one axis that share its angle, limits and mass.</summary>
    public static RobotDescription Multiply(RobotDescription robot, int times)
    {
        var joints = new List<JointDescription>();
        foreach (var joint in robot.Joints)
        {
            for (var i = 0; i < times; i++)
            {
                joints.Add(joint with
                {
                    Name = $"{joint.Name}-{i + 1}",
                    OriginM = i == 0 ? joint.OriginM : [0, 0, 0],
                    OriginRollRad = i == 0 ? joint.OriginRollRad : 0,
                    Limits = joint.Limits with { PositionRad = [.. joint.Limits.PositionRad.Select(limit => limit / times)] },
                    Link = joint.Link with { MassKg = joint.Link.MassKg / times, InertiaKgM2 = [.. joint.Link.InertiaKgM2.Select(inertia => inertia / times)] },
                });
            }
        }

        var perBus = robot.Joints.Length;
        var arm = robot.Buses.First(bus => bus.Name == robot.Joints[0].Drive.Bus);
        for (var i = 0; i < joints.Count; i++)
        {
            var drive = robot.Joints[i % perBus].Drive; // its addresses; gains and model stay the joint's
            joints[i] = joints[i] with { Drive = joints[i].Drive with { Bus = $"{arm.Name}{i / perBus}", CanId = drive.CanId, MasterId = drive.MasterId } };
        }

        return robot with
        {
            Buses = [.. Enumerable.Range(0, times).Select(i => arm with { Name = $"{arm.Name}{i}" }), .. robot.Buses.Where(bus => bus != arm)],
            Joints = [.. joints],
            HomeRad = [.. robot.HomeRad.SelectMany(angle => Enumerable.Repeat(angle / times, times))],
        };
    }

    private void Do(ControlCommand command, ControlState until, double seconds)
    {
        _loop.Commands.Post(command);
        for (var end = _nowNs + (long)(seconds * 1e9); _nowNs < end;)
        {
            Tick();
            if (Snapshot is { Busy: false } snapshot && snapshot.State == until)
                return;
        }

        throw new BenchException($"the loop on in-memory links did not come to {until}: {Snapshot.State}, {Snapshot.Cause}; {_loop.SelfTest.Failures}");
    }

    private long Tick()
    {
        _nowNs += PeriodNs;
        _devices.Tick(_nowNs);
        _loop.LastFrameNs = _nowNs;
        if (_nowNs >= _nextChunkNs && _centre != default)
            OfferChunk();
        var before = ThreadClock.NowNs;
        _loop.Tick(_nowNs);
        return ThreadClock.NowNs - before;
    }

    private void OfferChunk()
    {
        _nextChunkNs = _nowNs + ChunkNs;
        var chunk = _loop.Chunks.WriteSlot;
        (chunk.SubtaskId, chunk.ObservationNs, chunk.ObservationFollowedNs, chunk.StepNs, chunk.Steps, chunk.Anchor) = (1, _nowNs, Snapshot.FollowedNs, StepNs, Steps, Snapshot.CommandedTool);
        chunk.Sequence++;
        for (var k = 0; k < Steps; k++)
        {
            var angle = TurnRadS * ((_nowNs + ((k + 1) * StepNs)) * 1e-9);
            chunk.Poses[k] = _centre with { X = _centre.X + (RadiusM * Math.Cos(angle)), Y = _centre.Y + (RadiusM * Math.Sin(angle)) };
        }

        _loop.Chunks.Publish();
    }

    /// <summary>Joints that weigh something, rub, and hang on nothing.</summary>
    private sealed class FreeJoints(double[] startRad) : IArmPlant
    {
        private const double InertiaKgM2 = 0.05, FrictionNmSPerRad = 0.5, StepSeconds = PeriodNs * 1e-9;
        private readonly double[] _positionRad = [.. startRad];
        private readonly double[] _velocityRadS = new double[startRad.Length];

        public int JointCount => _positionRad.Length;

        public bool CupPressed => false;

        public bool CupSealed => false;

        public double PositionRad(int joint) => _positionRad[joint];

        public double VelocityRadS(int joint) => _velocityRadS[joint];

        public void SetTorque(int joint, double torqueNm)
        {
            _velocityRadS[joint] += StepSeconds * (torqueNm - (FrictionNmSPerRad * _velocityRadS[joint])) / InertiaKgM2;
            _positionRad[joint] += StepSeconds * _velocityRadS[joint];
        }

        public void SetBrake(int joint, bool engaged) => _velocityRadS[joint] = engaged ? 0 : _velocityRadS[joint];

        public void SetSuction(double opening)
        {
        }
    }
}
