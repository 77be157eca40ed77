using Edge.Control.Motion;
using Edge.Drives;
using Edge.Realtime;
using Edge.Robots;
using Edge.Telemetry;

namespace Edge.Control;

/// <summary>
/// The fixed-rate loop: read what the drives and the tool say, update state machine and motion, write one command to each drive.
/// Everything reaches it through mailboxes that it never waits for. A tick allocates nothing, locks nothing and throws nothing.
/// </summary>
public sealed class ControlLoop : IPeriodic
{
    // Drives answer an enable frame within a few ticks; one that does not within this time is broken.
    private const double EnableSeconds = 1;

    private readonly RobotDescription _robot;
    private readonly JointDrives _drives;
    private readonly ISuctionTool _tool;
    private readonly Watchdogs _watchdogs;
    private readonly ArmKinematics _kinematics;
    private readonly ArmDynamics _dynamics;
    private readonly ArmMotion _motion;
    private readonly ControlStateMachine _machine = new();
    private readonly long _maxChunkAgeNs;
    private readonly long _stopNs;
    private readonly bool _stopWithoutBroker;
    private RobotSnapshot _snapshot; // also holds what was measured this tick
    private JointVector _gravityNm;
    private Activity _activity;
    private long _activitySinceNs;
    private ControlState _stateBefore;
    private bool _energyRequested = true; // so that the first tick asks for none
    private int _missedInARow;
    private volatile bool _brokerLost;

    /// <summary>
    /// Joins the loop to its devices: one drive group per bus, in the order in which the joints name the buses, with that bus's drives in joint order.
    /// </summary>
    public ControlLoop(RobotDescription robot, IReadOnlyList<IDriveGroup> groups, ISuctionTool tool)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(tool);
        (_robot, _tool) = (robot, tool);
        _drives = new JointDrives(robot, groups);
        _watchdogs = new Watchdogs(robot, _drives, tool);
        _kinematics = new ArmKinematics(robot);
        _dynamics = new ArmDynamics(robot);
        _motion = new ArmMotion(robot, _kinematics);
        _maxChunkAgeNs = (long)(robot.Policy.MaxChunkAgeSeconds * 1e9);
        _stopNs = (long)(robot.Safety.StopSeconds * 1e9);
        _stopWithoutBroker = robot.Mqtt.OnBrokerLost == "stop";
        SelfTest = new SelfTest(robot, _drives, tool, _watchdogs);
        _snapshot.CauseDevice = -1;
    }

    /// <summary>What the loop is doing within its state; commands wait until it is over.</summary>
    private enum Activity : byte
    {
        None,
        SelfTest,
        Arming,
        Homing,
        Stopping,
    }

    /// <summary>Chunks from the policy.</summary>
    public LatestMailbox<ActionChunk> Chunks { get; } = new(static () => new ActionChunk());

    /// <summary>Commands from everybody. They are taken one a tick, and wait while a self-test, arming, a home move or a stop is under way.</summary>
    public CommandQueue Commands { get; } = new();

    /// <summary>What the loop says each tick.</summary>
    public Seqlock<RobotSnapshot> Snapshots { get; } = new();

    /// <summary>The self-test's findings.</summary>
    public SelfTest SelfTest { get; }

    /// <summary>Age of the newest picture behind a chunk when the first command that follows it goes out, ns.</summary>
    public Histogram FrameToCommandNs { get; } = new();

    /// <summary>Commands that the state table refused.</summary>
    public long CommandsRefused { get; private set; }

    /// <summary>When the policy's camera last delivered; set by its thread.</summary>
    public long LastFrameNs
    {
        get => _watchdogs.LastFrameNs;
        set => _watchdogs.LastFrameNs = value;
    }

    /// <summary>The broker is gone; set by the MQTT thread.</summary>
    public bool BrokerLost
    {
        get => _brokerLost;
        set => _brokerLost = value;
    }

    /// <inheritdoc/>
    public void Tick(long nowNs, int missedTicks = 0)
    {
        Read(nowNs);
        Watch(nowNs, missedTicks);
        TakeCommands(nowNs);
        TakeChunk(nowNs);
        Move(nowNs);
        Write(nowNs);
    }

    /// <inheritdoc/>
    public void Abandon(long nowNs)
    {
        _machine.Abandon();
        Read(nowNs);
        Write(nowNs);
    }

    private void Read(long nowNs)
    {
        _drives.Receive(nowNs, ref _snapshot.PositionRad, ref _snapshot.VelocityRadS, ref _snapshot.TorqueNm);
        _tool.Receive(nowNs);
        ref readonly var tool = ref _tool.Feedback;
        var touched = (tool.Pressed && !_snapshot.Pressed) || (tool.Sealed && !_snapshot.Sealed);
        (_snapshot.Pressed, _snapshot.Sealed) = (tool.Pressed, tool.Sealed);
        if (touched)
            _motion.StandStill(nowNs);
    }

    /// <summary>Everything that may be wrong. The state machine knows where each cause matters.</summary>
    private void Watch(long nowNs, int missedTicks)
    {
        _missedInARow = missedTicks == 0 ? 0 : _missedInARow + missedTicks;
        if (Commands.TryTakeStop(out var stop))
            React(stop);
        if (_machine.Energised && _watchdogs.FirstAstray(_snapshot.PositionRad, _motion.PositionRad, nowNs) is >= 0 and var astray)
            React(ReactionCause.LimitViolated, astray);
        if (_machine.State == ControlState.Stopping && _activity == Activity.Stopping && nowNs - _activitySinceNs > _stopNs)
            React(ReactionCause.StopOverdue);
        if (_watchdogs.FirstError() is >= 0 and var faulty)
            React(ReactionCause.DriveError, faulty);
        if (_machine.Energised && IsUnpowered(nowNs) && _drives.FirstWithEnergy(false) is >= 0 and var unpowered)
            React(ReactionCause.DriveError, unpowered);
        if (_watchdogs.FirstSilent(nowNs) is >= 0 and var silent)
            React(ReactionCause.DeviceSilent, silent);
        if (_missedInARow > _robot.Loop.MaxMissedTicksInARow)
            React(ReactionCause.DeadlineMissed);
        if (_watchdogs.IsCameraLost(nowNs))
            React(ReactionCause.CameraLost);
        if (_brokerLost && _stopWithoutBroker)
            React(ReactionCause.BrokerLost);
        if (_machine.State == ControlState.Running && _motion.IsOver(nowNs))
            React(ReactionCause.ChunkStarved);
        NoteState(nowNs);
    }

    /// <summary>A drive without energy is wrong, except while arming still has time.</summary>
    private bool IsUnpowered(long nowNs) => _activity != Activity.Arming || nowNs - _activitySinceNs > EnableSeconds * 1e9;

    private void TakeCommands(long nowNs)
    {
        if (_activity != Activity.None || !Commands.TryTake(out var command))
            return;

        var accepted = command.Kind switch
        {
            ControlCommandKind.SelfTest => _machine.Apply(ControlTrigger.SelfTest),
            ControlCommandKind.Clear => _machine.Apply(ControlTrigger.Clear),
            ControlCommandKind.Arm => TryArm(nowNs),
            ControlCommandKind.Disarm => _machine.Apply(ControlTrigger.Disarm),
            ControlCommandKind.GoHome => TryGoHome(nowNs),
            ControlCommandKind.Start => TryStart(command.SubtaskId),
            ControlCommandKind.Finish => _machine.Apply(ControlTrigger.Finish),
            ControlCommandKind.SuctionOn => TrySetSuction(true),
            ControlCommandKind.SuctionOff => TrySetSuction(false),
            ControlCommandKind.Pause => React(ReactionCause.PauseCommand),
            ControlCommandKind.Resume => _machine.Apply(ControlTrigger.Resume),
            _ => false,
        };
        if (!accepted)
            CommandsRefused++;
        NoteState(nowNs);
    }

    private bool TryArm(long nowNs)
    {
        if (_machine.State != ControlState.Idle)
            return false;
        if (SelfTest.Check(nowNs, _snapshot.PositionRad))
            return _machine.Apply(ControlTrigger.Arm);
        React(ReactionCause.SelfTestFailed);
        return false;
    }

    private bool TryGoHome(long nowNs)
    {
        if (!_machine.Apply(ControlTrigger.GoHome))
            return false;
        _motion.BeginHome(nowNs);
        Begin(Activity.Homing, nowNs);
        return true;
    }

    private bool TryStart(long subtaskId)
    {
        if (!_machine.Apply(ControlTrigger.Start))
            return false;
        _snapshot.SubtaskId = subtaskId;
        return true;
    }

    private bool TrySetSuction(bool on)
    {
        if (_machine.State != ControlState.Armed)
            return false;
        _snapshot.SuctionOn = on;
        return true;
    }

    /// <summary>Chunks of another subtask, or that come while none is wanted, are dropped.</summary>
    private void TakeChunk(long nowNs)
    {
        if (!Chunks.TryTake(out var chunk) || !_machine.AwaitsChunk || chunk.SubtaskId != _snapshot.SubtaskId)
            return;

        var fault = ToolPathFollower.Verify(chunk, nowNs, _motion.FollowedNs(nowNs), _maxChunkAgeNs);
        if (fault != ReactionCause.None)
        {
            React(fault);
        }
        else
        {
            _motion.Join(chunk, nowNs);
            _machine.Apply(ControlTrigger.ChunkJoined);
            _snapshot.ChunksJoined++;
            FrameToCommandNs.Record(nowNs - chunk.FrameNs);
        }

        NoteState(nowNs);
    }

    /// <summary>One step of whatever the state moves.</summary>
    private void Move(long nowNs)
    {
        switch (_machine.State)
        {
            case ControlState.SelfTest:
                StepSelfTest(nowNs);
                break;
            case ControlState.Armed when _activity == Activity.Arming:
                StepArming();
                break;
            case ControlState.Armed when _activity == Activity.Homing:
                if (_motion.MoveHome(nowNs))
                    _activity = Activity.None;
                break;
            case ControlState.Running:
                if (!_motion.Follow(nowNs))
                    React(ReactionCause.ChunkInvalid);
                _snapshot.SuctionOn = _motion.Suction(nowNs, before: _snapshot.SuctionOn);
                break;
            case ControlState.Armed or ControlState.Holding or ControlState.Stopping:
                if (_motion.Rest())
                    _machine.Apply(ControlTrigger.AtRest);
                break;
        }

        if (!_machine.Energised)
            _motion.HoldAt(_snapshot.PositionRad);
        NoteState(nowNs);
    }

    private void StepSelfTest(long nowNs)
    {
        var state = SelfTest.Step(nowNs, _snapshot.PositionRad);
        if (state == ConfigureState.Done)
            _machine.Apply(ControlTrigger.SelfTestPassed);
        else if (state == ConfigureState.Failed)
            React(ReactionCause.SelfTestFailed);
    }

    /// <summary>A drive that has energy holds where it got it; the others may still sink into their brakes, and are followed.</summary>
    private void StepArming()
    {
        var position = _motion.PositionRad;
        for (var i = 0; i < _drives.Count; i++)
        {
            if (!_drives.Feedback(i).Enabled)
                position[i] = _snapshot.PositionRad[i];
        }

        _motion.HoldAt(position);
        if (_drives.FirstWithEnergy(false) < 0)
            _activity = Activity.None;
    }

    private void Write(long nowNs)
    {
        if (_energyRequested != _machine.Energised)
        {
            _energyRequested = _machine.Energised;
            _drives.RequestEnable(_energyRequested);
        }

        if (_energyRequested)
        {
            _dynamics.Gravity(_motion.PositionRad, payloadKg: 0, ref _gravityNm);
            for (var i = 0; i < _drives.Count; i++)
                _gravityNm[i] = Math.Clamp(_gravityNm[i], -_robot.Joints[i].Limits.TorqueNm, _robot.Joints[i].Limits.TorqueNm);
            _drives.Command(_motion.PositionRad, _motion.VelocityRadS, _gravityNm);
        }

        _drives.Send(nowNs);
        _tool.Send(_snapshot.SuctionOn, nowNs);
        Publish(nowNs);
    }

    private void Publish(long nowNs)
    {
        _snapshot.TimeNs = nowNs;
        _snapshot.Tick++;
        _snapshot.State = _machine.State;
        _snapshot.Cause = _machine.Cause;
        _snapshot.Busy = _activity != Activity.None;
        _snapshot.CommandsTaken = Commands.Taken;
        _snapshot.CommandRad = _motion.PositionRad;
        _snapshot.CommandedTool = _motion.Tool;
        _snapshot.MeasuredTool = _kinematics.Forward(_snapshot.PositionRad);
        _snapshot.AwaitsAnswer = _motion.IsStandingStill;
        _snapshot.JoinGapM = _motion.JoinGapM;
        _snapshot.FollowedNs = _motion.FollowedNs(nowNs);
        _snapshot.ChunkStepsConsumed = _motion.StepsConsumed(nowNs);
        Snapshots.Write(_snapshot);
    }

    private bool React(ReactionCause cause, int device = -1)
    {
        if (!_machine.React(cause))
            return false;
        _snapshot.CauseDevice = device;
        return true;
    }

    /// <summary>What a change of state begins.</summary>
    private void NoteState(long nowNs)
    {
        var state = _machine.State;
        if (state == _stateBefore)
            return;

        var before = _stateBefore;
        _stateBefore = state;
        switch (state)
        {
            case ControlState.SelfTest:
                SelfTest.Begin(nowNs);
                _snapshot.SuctionOn = false; // the tool's start-up closes the valve
                _drives.RequestClearErrors();
                Begin(Activity.SelfTest, nowNs);
                break;
            case ControlState.Armed when before == ControlState.Idle:
                Begin(Activity.Arming, nowNs);
                break;
            case ControlState.Stopping:
                Begin(Activity.Stopping, nowNs);
                break;
            default:
                _activity = Activity.None;
                break;
        }

        if (state is not (ControlState.Running or ControlState.Holding or ControlState.Stopping))
            _snapshot.SubtaskId = 0;
        if (_machine.Cause == ReactionCause.None)
            _snapshot.CauseDevice = -1;
    }

    private void Begin(Activity activity, long nowNs) => (_activity, _activitySinceNs) = (activity, nowNs);
}
