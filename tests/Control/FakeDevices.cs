using Edge.Drives;
using Edge.Robots;

namespace Edge.Tests.Control;

/// <summary>Ideal drives in memory: they are where the last command put them, and answer every tick.</summary>
internal sealed class FakeDrives(RobotDescription robot) : IDriveGroup
{
    private readonly DriveFeedback[] _feedback = new DriveFeedback[robot.Joints.Length];
    private readonly DriveCommand[] _commands = new DriveCommand[robot.Joints.Length];
    private bool _enable;
    private bool _sent;

    public int Count => _feedback.Length;

    public string ConfigureError { get; set; } = "";

    public ConfigureState ConfigureAnswer { get; set; } = ConfigureState.Done;

    /// <summary>A drive that answers no more; -1 for none.</summary>
    public int Silent { get; set; } = -1;

    /// <summary>A drive that takes no energy; -1 for none.</summary>
    public int Dead { get; set; } = -1;

    /// <summary>A drive that does not move; -1 for none.</summary>
    public int Stuck { get; set; } = -1;

    public int ClearRequests { get; private set; }

    public bool EnableRequested => _enable;

    public ref DriveFeedback Drive(int drive) => ref _feedback[drive];

    public ref readonly DriveCommand LastCommand(int drive) => ref _commands[drive];

    /// <summary>Puts a joint somewhere, joint coordinates, rad.</summary>
    public void Place(int joint, double positionRad)
    {
        var drive = robot.Joints[joint].Drive;
        _feedback[joint].PositionRad = (drive.Sign * positionRad) + drive.OffsetRad;
    }

    public void Receive(long nowNs)
    {
        for (var i = 0; i < Count && _sent; i++)
        {
            if (i == Silent)
                continue;
            ref var feedback = ref _feedback[i];
            feedback.ReceivedNs = nowNs;
            feedback.Enabled = _enable && i != Dead;
            if (!feedback.Enabled || i == Stuck)
                continue;
            feedback.PositionRad = _commands[i].PositionRad;
            feedback.VelocityRadS = _commands[i].VelocityRadS;
            feedback.TorqueNm = _commands[i].TorqueNm;
        }
    }

    public ref readonly DriveFeedback Feedback(int drive) => ref _feedback[drive];

    public void Command(int drive, in DriveCommand command) => _commands[drive] = command;

    public void Send(long nowNs) => _sent = true;

    public ConfigureState Configure(long nowNs) => ConfigureAnswer;

    public void RequestEnable(bool enable) => _enable = enable;

    public void RequestClearErrors()
    {
        ClearRequests++;
        foreach (ref var feedback in _feedback.AsSpan())
            feedback.ErrorCode = 0;
    }
}

/// <summary>A suction tool in memory: tests write what it feels.</summary>
internal sealed class FakeTool : ISuctionTool
{
    private ToolFeedback _feedback;

    public string ConfigureError => "";

    public bool IsSilent { get; set; }

    public bool Suction { get; private set; }

    public ref ToolFeedback State => ref _feedback;

    public ref readonly ToolFeedback Feedback => ref _feedback;

    public void Receive(long nowNs)
    {
        if (!IsSilent)
            _feedback.ReceivedNs = nowNs;
    }

    public void Send(bool suction, long nowNs) => Suction = suction;

    public ConfigureState Configure(long nowNs) => ConfigureState.Done;
}
