using Edge.Control;
using Edge.Robots;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.Control;

/// <summary>The control loop on ideal devices and virtual time.</summary>
internal sealed class LoopRig
{
    public const long PeriodNs = 1_000_000;
    public const long StepNs = 100_000_000;

    public LoopRig(RobotDescription? robot = null)
    {
        Robot = robot ?? ReferenceArm.Robot;
        Drives = new FakeDrives(Robot);
        Loop = new ControlLoop(Robot, [Drives], Tool);
        for (var i = 0; i < Robot.Joints.Length; i++)
            Drives.Place(i, Robot.HomeRad[i]);
    }

    public RobotDescription Robot { get; }

    public FakeDrives Drives { get; }

    public FakeTool Tool { get; } = new();

    public ControlLoop Loop { get; }

    public long NowNs { get; private set; } = 1_000_000_000;

    /// <summary>The camera delivers.</summary>
    public bool CameraAlive { get; set; } = true;

    /// <summary>Called after each tick.</summary>
    public Action? AfterTick { get; set; }

    public RobotSnapshot Snapshot
    {
        get
        {
            Loop.Snapshots.Read(out var snapshot);
            return snapshot;
        }
    }

    public ControlState State => Snapshot.State;

    public void Tick(int count = 1, int missed = 0)
    {
        for (var i = 0; i < count; i++)
        {
            NowNs += PeriodNs * (1 + missed);
            if (CameraAlive)
                Loop.LastFrameNs = NowNs;
            Loop.Tick(NowNs, missed);
            AfterTick?.Invoke();
        }
    }

    /// <summary>Posts a command and lets two ticks pass.</summary>
    public void Do(ControlCommand command)
    {
        Assert.True(Loop.Commands.Post(command));
        Tick(2);
    }

    /// <summary>Ticks until a state is reached; fails when it is not within a few seconds.</summary>
    public void Until(ControlState state)
    {
        for (var i = 0; i < 8000 && State != state; i++)
            Tick();
        Assert.Equal(state, State);
    }

    /// <summary>Goes the ordinary way to a state.</summary>
    public LoopRig BringTo(ControlState state)
    {
        Tick(2);
        if (state == ControlState.Off)
            return this;
        if (state == ControlState.SelfTest)
            Drives.ConfigureAnswer = Edge.Drives.ConfigureState.Busy;
        Do(ControlCommand.SelfTest);
        if (state is ControlState.SelfTest or ControlState.Idle)
            return Reached(state);
        if (state == ControlState.Fault)
        {
            Drives.Drive(1).ErrorCode = 9;
            Tick(2);
            Drives.Drive(1).ErrorCode = 0;
            return Reached(state);
        }

        if (state == ControlState.Stopped)
        {
            Do(ControlCommand.Stop());
            return Reached(state);
        }

        Do(ControlCommand.Arm);
        Tick(3);
        if (state == ControlState.Armed)
            return Reached(state);
        Do(ControlCommand.Start(1));
        if (state == ControlState.Holding)
            return Reached(state);
        Offer(Chunk(dx: 0.05));
        Tick(300);
        if (state == ControlState.Stopping)
            Do(ControlCommand.Finish);
        return Reached(state);
    }

    /// <summary>A chunk of 16 steps that answers an observation of now and moves evenly from the commanded pose, metres per second.</summary>
    public Action<ActionChunk> Chunk(double dx = 0, double dy = 0, double dz = 0, double dyaw = 0, long subtask = 1, long ageNs = 0, int steps = 16) => chunk =>
    {
        var anchor = Snapshot.CommandedTool;
        chunk.SubtaskId = subtask;
        chunk.Sequence = 1;
        chunk.ObservationNs = NowNs - ageNs;
        chunk.ObservationFollowedNs = Snapshot.FollowedNs - ageNs;
        chunk.StepNs = StepNs;
        chunk.Steps = steps;
        chunk.Anchor = anchor;
        for (var i = 0; i < steps; i++)
        {
            var t = (i + 1) * StepNs * 1e-9;
            chunk.Poses[i] = new ToolPose(anchor.X + (dx * t), anchor.Y + (dy * t), anchor.Z + (dz * t), anchor.Yaw + (dyaw * t));
            chunk.Suction[i] = false;
        }
    };

    public void Offer(Action<ActionChunk> fill)
    {
        fill(Loop.Chunks.WriteSlot);
        Loop.Chunks.Publish();
    }

    private LoopRig Reached(ControlState state)
    {
        Assert.Equal(state, State);
        return this;
    }
}
