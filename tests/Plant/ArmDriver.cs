using Edge.Control;
using Edge.Control.Motion;
using Edge.Hil.Plant;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Plant;

/// <summary>
/// Moves the plant's arm as the drives would: the MIT law with the robot file's gains on inverse kinematics, with the host's gravity feed-forward. Both of
/// these come from the robot file by another road than the plant's model, so a slip in either shows.
/// </summary>
internal sealed class ArmDriver
{
    private readonly RobotDescription _robot;
    private readonly MuJoCoPlant _plant;
    private readonly ArmKinematics _kinematics;
    private readonly ArmDynamics _dynamics;
    private JointVector _command;

    public ArmDriver(RobotDescription robot, MuJoCoPlant plant)
    {
        (_robot, _plant, _kinematics, _dynamics) = (robot, plant, new ArmKinematics(robot), new ArmDynamics(robot));
        for (var i = 0; i < plant.JointCount; i++)
        {
            plant.SetBrake(i, false);
            _command[i] = plant.PositionRad(i);
        }

        Target = _kinematics.Forward(_command);
    }

    /// <summary>Where the cup is commanded to be.</summary>
    public ToolPose Target { get; private set; }

    /// <summary>Most effort that any joint used, as a part of its limit.</summary>
    public double LargestEffort { get; private set; }

    /// <summary>Moves the cup in a straight line at a speed (m/s); ends early when told to. False: ended early.</summary>
    public bool MoveTo(ToolPose goal, double speedMS, Func<bool>? stop = null)
    {
        var start = Target;
        double dx = goal.X - start.X, dy = goal.Y - start.Y, dz = goal.Z - start.Z;
        var steps = Math.Max(1, (int)(Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz)) / speedMS / 0.001));
        for (var k = 1; k <= steps; k++)
        {
            var s = (double)k / steps;
            s = s * s * (3 - (2 * s));
            Target = new ToolPose(start.X + (s * dx), start.Y + (s * dy), start.Z + (s * dz), start.Yaw + (s * (goal.Yaw - start.Yaw)));
            Step();
            if (stop?.Invoke() == true)
                return false;
        }

        return true;
    }

    /// <summary>Holds still.</summary>
    public void Wait(double seconds)
    {
        for (var k = 0; k < seconds / 0.001; k++)
            Step();
    }

    private void Step()
    {
        Assert.True(_kinematics.TrySolve(Target, ref _command));
        JointVector q = default, gravity = default;
        for (var i = 0; i < _plant.JointCount; i++)
            q[i] = _plant.PositionRad(i);
        _dynamics.Gravity(q, 0, ref gravity);
        for (var i = 0; i < _plant.JointCount; i++)
        {
            var joint = _robot.Joints[i];
            var torque = (joint.Drive.Kp * (_command[i] - q[i])) - (joint.Drive.Kd * _plant.VelocityRadS(i)) + gravity[i];
            LargestEffort = Math.Max(LargestEffort, Math.Abs(torque) / joint.Limits.TorqueNm);
            _plant.SetTorque(i, Math.Clamp(torque, -joint.Limits.TorqueNm, joint.Limits.TorqueNm));
        }

        _plant.Step();
    }
}
