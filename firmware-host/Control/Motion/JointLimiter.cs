using Edge.Robots;

namespace Edge.Control.Motion;

/// <summary>
/// Follows joint targets as closely as the robot file's limits on position, velocity, acceleration and jerk allow, whatever the targets do.
/// Owns the commanded state; the vectors it is given are written, not read. Called by the control loop alone.
/// </summary>
/// <remarks>
/// The limits hold for the differences of successive commands: velocity = (q - q before) / period, and so on. A tick costs a few
/// microseconds for six joints.
/// </remarks>
public sealed class JointLimiter
{
    private readonly AxisLimiter[] _axes;

    /// <summary>Takes the limits from the robot file.</summary>
    public JointLimiter(RobotDescription robot, double periodSeconds)
    {
        ArgumentNullException.ThrowIfNull(robot);
        _axes = Array.ConvertAll(robot.Joints, joint => new AxisLimiter(joint.Limits, periodSeconds));
    }

    /// <summary>
    /// Commanded state becomes: at rest at <paramref name="q"/> (rad). A joint outside its limits may come back, but not go farther out.
    /// </summary>
    public void Reset(in JointVector q)
    {
        for (var i = 0; i < _axes.Length; i++)
            _axes[i].Reset(q[i]);
    }

    /// <summary>
    /// One period towards targets (rad) that move with the velocities given (rad/s); writes the new commanded position (rad), velocity (rad/s)
    /// and acceleration (rad/s^2). A joint whose target is not a number brakes.
    /// </summary>
    public void Step(in JointVector targetRad, in JointVector targetVelocityRadS, ref JointVector q, ref JointVector dq, ref JointVector ddq)
    {
        for (var i = 0; i < _axes.Length; i++)
        {
            ref var axis = ref _axes[i];
            axis.Step(targetRad[i], targetVelocityRadS[i]);
            (q[i], dq[i], ddq[i]) = (axis.Position, axis.Velocity, axis.Acceleration);
        }
    }

    /// <summary>One period of braking, as hard as the limits allow; writes the commanded state as <see cref="Step"/> does. True: all joints are at rest.</summary>
    public bool StepToRest(ref JointVector q, ref JointVector dq, ref JointVector ddq)
    {
        var atRest = true;
        for (var i = 0; i < _axes.Length; i++)
        {
            ref var axis = ref _axes[i];
            atRest &= axis.StepToRest();
            (q[i], dq[i], ddq[i]) = (axis.Position, axis.Velocity, axis.Acceleration);
        }

        return atRest;
    }
}
