using Edge.Robots;

namespace Edge.Control.Motion;

/// <summary>
/// A straight move in joint space from rest to rest, all joints together, along the quintic with no velocity and acceleration at its ends.
/// </summary>
public sealed class JointMove
{
    // Half of each limit: a move that nobody watches need not be fast, and the limiter behind it never has to cut in.
    private const double Effort = 0.5;

    // Peaks of the quintic 10 s^3 - 15 s^4 + 6 s^5 for distance and duration 1: velocity, acceleration, jerk.
    private const double PeakVelocity = 15.0 / 8;
    private const double PeakAcceleration = 5.773502691896258; // 10 / sqrt(3)
    private const double PeakJerk = 60;

    private readonly JointDescription[] _joints;
    private JointVector _from;
    private JointVector _to;
    private long _startNs;

    /// <summary>Takes the limits from the robot file.</summary>
    public JointMove(RobotDescription robot)
    {
        ArgumentNullException.ThrowIfNull(robot);
        _joints = robot.Joints;
    }

    /// <summary>How long the present move takes, s.</summary>
    public double DurationSeconds { get; private set; }

    /// <summary>Begins a move now.</summary>
    public void Begin(in JointVector fromRad, in JointVector toRad, long nowNs)
    {
        (_from, _to, _startNs, DurationSeconds) = (fromRad, toRad, nowNs, 0);
        for (var i = 0; i < _joints.Length; i++)
        {
            var limits = _joints[i].Limits;
            var distance = Math.Abs(toRad[i] - fromRad[i]);
            DurationSeconds = Math.Max(DurationSeconds, PeakVelocity * distance / (Effort * limits.VelocityRadS));
            DurationSeconds = Math.Max(DurationSeconds, Math.Sqrt(PeakAcceleration * distance / (Effort * limits.AccelerationRadS2)));
            DurationSeconds = Math.Max(DurationSeconds, Math.Cbrt(PeakJerk * distance / (Effort * limits.JerkRadS3)));
        }
    }

    /// <summary>Where the joints are to be now, rad, and how fast, rad/s. False once the move's time is over: the target, at rest.</summary>
    public bool Sample(long nowNs, ref JointVector q, ref JointVector dq)
    {
        var seconds = (nowNs - _startNs) * 1e-9;
        var moving = seconds < DurationSeconds;
        var s = moving ? seconds / DurationSeconds : 1;
        var position = s * s * s * (10 + (s * ((6 * s) - 15)));
        var rate = moving ? 30 * s * s * (1 - s) * (1 - s) / DurationSeconds : 0;
        for (var i = 0; i < _joints.Length; i++)
        {
            q[i] = _from[i] + ((_to[i] - _from[i]) * position);
            dq[i] = (_to[i] - _from[i]) * rate;
        }

        return moving;
    }
}
