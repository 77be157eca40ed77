using System.Runtime.CompilerServices;

namespace Edge.Control;

/// <summary>Joint values, one per joint of the robot file, at most <see cref="Capacity"/>.</summary>
[InlineArray(Capacity)]
public struct JointVector
{
    /// <summary>Most joints that a robot may have.</summary>
    public const int Capacity = 48;

    private double _first;
}

/// <summary>A tool pose in the base frame: where the cup's lip is and its turn about the vertical; the tool axis points straight down.</summary>
/// <param name="X">Metres, base frame.</param>
/// <param name="Y">Metres, base frame.</param>
/// <param name="Z">Metres, base frame; the table top is z = 0.</param>
/// <param name="Yaw">Radians about base z.</param>
public readonly record struct ToolPose(double X, double Y, double Z, double Yaw);

/// <summary>What the loop tells everybody else, each tick, through a <see cref="Realtime.Seqlock{T}"/>.</summary>
public struct RobotSnapshot
{
    /// <summary>Time of the tick.</summary>
    public long TimeNs;

    /// <summary>Ticks since start.</summary>
    public long Tick;

    /// <summary>State of the control state machine.</summary>
    public ControlState State;

    /// <summary>Why the state is what it is, where a reaction led there.</summary>
    public ReactionCause Cause;

    /// <summary>A self-test, arming, a home move or a stop is under way within the state.</summary>
    public bool Busy;

    /// <summary>Commands taken from the queue so far; less than <see cref="CommandQueue.Posted"/> while some wait.</summary>
    public long CommandsTaken;

    /// <summary>Measured joint positions, rad.</summary>
    public JointVector PositionRad;

    /// <summary>Measured joint velocities, rad/s.</summary>
    public JointVector VelocityRadS;

    /// <summary>Measured torques, Nm.</summary>
    public JointVector TorqueNm;

    /// <summary>Commanded joint positions after all limits, rad.</summary>
    public JointVector CommandRad;

    /// <summary>Tool pose of the commanded joints (what the policy's deltas start from).</summary>
    public ToolPose CommandedTool;

    /// <summary>Tool pose of the measured joints.</summary>
    public ToolPose MeasuredTool;

    /// <summary>Suction is asked for.</summary>
    public bool SuctionOn;

    /// <summary>The cup holds something.</summary>
    public bool Sealed;

    /// <summary>The cup is pressed against something.</summary>
    public bool Pressed;

    /// <summary>The subtask whose chunk is followed; 0 for none.</summary>
    public long SubtaskId;

    /// <summary>Steps of the current chunk that are already consumed.</summary>
    public int ChunkStepsConsumed;

    /// <summary>How long chunks have been followed since start, ns; stands still while none is. The actions consumed, as a time.</summary>
    public long FollowedNs;

    /// <summary>Chunks joined so far.</summary>
    public long ChunksJoined;

    /// <summary>The arm stands still within its chunk, because the cup felt something that the chunk does not know of.</summary>
    public bool AwaitsAnswer;

    /// <summary>How far the newest chunk was from the motion that it followed on, where it was joined, metres.</summary>
    public double JoinGapM;

    /// <summary>Which device <see cref="Cause"/> is about: a joint's index, <see cref="ToolDevice"/>, or -1 for none.</summary>
    public int CauseDevice;

    /// <summary>Value of <see cref="CauseDevice"/> for the tool.</summary>
    public const int ToolDevice = JointVector.Capacity;
}

/// <summary>States of the control state machine; the README's table gives the transitions.</summary>
public enum ControlState : byte
{
    /// <summary>Drives without energy, nothing checked.</summary>
    Off,

    /// <summary>Talking to every device, checking every named condition.</summary>
    SelfTest,

    /// <summary>Checked, disarmed.</summary>
    Idle,

    /// <summary>Drives energised, holding still, ready for a task.</summary>
    Armed,

    /// <summary>Following chunks.</summary>
    Running,

    /// <summary>Energised and still: paused, or waiting for a chunk.</summary>
    Holding,

    /// <summary>Slowing down within the limits; ends in Armed, Idle, Fault or Stopped.</summary>
    Stopping,

    /// <summary>A device or the loop failed: drives off, until cleared.</summary>
    Fault,

    /// <summary>A stop was commanded: latched until a person clears it.</summary>
    Stopped,
}

/// <summary>What made the state machine react. One reaction each; see the README's table.</summary>
public enum ReactionCause : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>No chunk arrived before the present one ran out.</summary>
    ChunkStarved,

    /// <summary>The chunk offered is older than allowed.</summary>
    ChunkStale,

    /// <summary>A drive or the tool stopped answering.</summary>
    DeviceSilent,

    /// <summary>A drive or the tool reports an error.</summary>
    DriveError,

    /// <summary>The loop missed too many deadlines in a row.</summary>
    DeadlineMissed,

    /// <summary>A joint left its limits, or the tracking error grew too large.</summary>
    LimitViolated,

    /// <summary>No camera frame within the time allowed.</summary>
    CameraLost,

    /// <summary>A stop command (MQTT, command line).</summary>
    StopCommand,

    /// <summary>SIGTERM or SIGINT.</summary>
    Signal,

    /// <summary>A pause command.</summary>
    PauseCommand,

    /// <summary>The broker is gone and the robot file asks for a stop.</summary>
    BrokerLost,

    /// <summary>The self-test found something wrong.</summary>
    SelfTestFailed,

    /// <summary>The chunk offered is malformed, or leads where the arm cannot reach.</summary>
    ChunkInvalid,

    /// <summary>A controlled stop took longer than allowed.</summary>
    StopOverdue,
}
