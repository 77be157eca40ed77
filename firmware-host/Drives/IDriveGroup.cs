namespace Edge.Drives;

/// <summary>
/// The joint drives on one bus, in drive coordinates (no sign or offset of the joint applied). The control loop calls, once a tick,
/// <see cref="Receive"/>, then <see cref="Command"/> for each drive, then <see cref="Send"/>. Nothing here allocates, blocks or throws after construction.
/// </summary>
public interface IDriveGroup
{
    /// <summary>Number of drives, in the order given at construction.</summary>
    int Count { get; }

    /// <summary>Drains the bus and updates <see cref="Feedback"/>.</summary>
    void Receive(long nowNs);

    /// <summary>Newest feedback of one drive.</summary>
    ref readonly DriveFeedback Feedback(int drive);

    /// <summary>Sets what the next <see cref="Send"/> tells one drive.</summary>
    void Command(int drive, in DriveCommand command);

    /// <summary>Writes one frame per drive (or what <see cref="Configure"/> still has to say) to the bus.</summary>
    void Send(long nowNs);

    /// <summary>
    /// Moves the start-up conversation one step on: ids, ranges read back, control mode, the drive's own time-out. Called each tick during the self-test.
    /// </summary>
    ConfigureState Configure(long nowNs);

    /// <summary>Why <see cref="Configure"/> failed: one sentence that names the drive, what was asked and what was answered; empty otherwise.</summary>
    string ConfigureError { get; }

    /// <summary>Asks for energy (true) or none (false) in all drives; sent until each drive's feedback agrees.</summary>
    void RequestEnable(bool enable);

    /// <summary>Asks all drives to forget their latched error.</summary>
    void RequestClearErrors();
}

/// <summary>How far the start-up conversation is.</summary>
public enum ConfigureState
{
    /// <summary>Under way.</summary>
    Busy,

    /// <summary>Every drive answered and agrees with the robot file.</summary>
    Done,

    /// <summary>A drive is silent or disagrees.</summary>
    Failed,
}

/// <summary>One command in the MIT law: torque = Kp (position - q) + Kd (velocity - dq) + Torque, at the output shaft.</summary>
public struct DriveCommand
{
    /// <summary>Desired position, rad.</summary>
    public double PositionRad;

    /// <summary>Desired velocity, rad/s.</summary>
    public double VelocityRadS;

    /// <summary>Stiffness, Nm/rad.</summary>
    public double KpNmPerRad;

    /// <summary>Damping, Nm s/rad.</summary>
    public double KdNmSPerRad;

    /// <summary>Feed-forward torque, Nm.</summary>
    public double TorqueNm;
}

/// <summary>What a drive last said.</summary>
public struct DriveFeedback
{
    /// <summary>Time at which the last reply arrived; 0 before the first.</summary>
    public long ReceivedNs;

    /// <summary>Position at the output shaft, rad.</summary>
    public double PositionRad;

    /// <summary>Velocity, rad/s.</summary>
    public double VelocityRadS;

    /// <summary>Torque, Nm.</summary>
    public double TorqueNm;

    /// <summary>Hottest temperature that the drive reports, degrees Celsius.</summary>
    public double TemperatureC;

    /// <summary>True while the drive is energised.</summary>
    public bool Enabled;

    /// <summary>The drive's own error code; 0 for none.</summary>
    public byte ErrorCode;
}
