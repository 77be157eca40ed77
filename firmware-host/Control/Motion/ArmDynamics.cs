using Edge.Robots;

namespace Edge.Control.Motion;

/// <summary>What gravity asks of the motors. Keeps no state and allocates nothing, so threads may share one.</summary>
public sealed class ArmDynamics
{
    /// <summary>Standard gravity, m/s^2; base z points up.</summary>
    public const double GravityMS2 = 9.80665;

    private readonly JointChain _chain;
    private readonly LinkDescription[] _links;
    private readonly ToolDescription _tool;

    /// <summary>Takes chain, links and tool from the robot file.</summary>
    public ArmDynamics(RobotDescription robot)
    {
        _chain = new JointChain(robot);
        _links = Array.ConvertAll(robot.Joints, static joint => joint.Link);
        _tool = robot.Tool;
    }

    /// <summary>
    /// Torque that each motor must give to hold the arm still (Nm, joint coordinates) at positions <paramref name="q"/> (rad),
    /// with a load of <paramref name="payloadKg"/> at the cup's lip.
    /// </summary>
    public void Gravity(in JointVector q, double payloadKg, ref JointVector torqueNm)
    {
        // Weight times lever, seen along each axis: only the horizontal parts of axis and lever count.
        Span<JointState> joints = stackalloc JointState[JointVector.Capacity];
        var frame = ToolFrame.Identity;
        for (var i = 0; i < _chain.Count; i++)
        {
            _chain.Advance(ref frame, i, q[i]);
            var com = _links[i].ComM;
            var (comX, comY, _) = frame.Transform(com[0], com[1], com[2]);
            joints[i] = new JointState(frame.X, frame.Y, frame.R02, frame.R12, comX, comY);
        }

        var (toolX, toolY, _) = frame.Transform(_tool.ComM[0], _tool.ComM[1], _tool.ComM[2]);
        var (cupX, cupY, _) = frame.Transform(_tool.TcpM[0], _tool.TcpM[1], _tool.TcpM[2]);
        var mass = _tool.MassKg + payloadKg;
        var momentX = (_tool.MassKg * toolX) + (payloadKg * cupX);
        var momentY = (_tool.MassKg * toolY) + (payloadKg * cupY);
        for (var i = _chain.Count - 1; i >= 0; i--)
        {
            ref readonly var joint = ref joints[i];
            mass += _links[i].MassKg;
            momentX += _links[i].MassKg * joint.ComX;
            momentY += _links[i].MassKg * joint.ComY;

            // d(potential energy)/dq = g * z . (axis x (sum of m r - mass * origin)).
            torqueNm[i] = GravityMS2 * ((joint.AxisX * (momentY - (mass * joint.Y))) - (joint.AxisY * (momentX - (mass * joint.X))));
        }
    }

    private readonly record struct JointState(double X, double Y, double AxisX, double AxisY, double ComX, double ComY);
}
