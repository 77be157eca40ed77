using Edge.Control;
using Edge.Control.Motion;
using Xunit;
using static Edge.Tests.Motion.ReferenceArm;

namespace Edge.Tests.Motion;

/// <summary>Gravity torques against the numeric derivative of the potential energy, computed from forward kinematics alone.</summary>
public sealed class ArmDynamicsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Gravity_torque_is_the_derivative_of_potential_energy(double payloadKg)
    {
        var dynamics = new ArmDynamics(Robot);
        var random = new Random(3);
        for (var trial = 0; trial < 50; trial++)
        {
            var q = default(JointVector);
            for (var i = 0; i < 6; i++)
                q[i] = (random.NextDouble() * 6) - 3;
            var torque = default(JointVector);
            dynamics.Gravity(q, payloadKg, ref torque);
            for (var i = 0; i < 6; i++)
            {
                const double Step = 1e-5;
                JointVector before = q, after = q;
                before[i] -= Step;
                after[i] += Step;
                Assert.Equal((PotentialEnergy(after, payloadKg) - PotentialEnergy(before, payloadKg)) / (2 * Step), torque[i], 1e-6);
            }
        }
    }

    [Fact]
    public void Stretched_out_the_shoulder_carries_the_arm_and_the_first_joint_nothing()
    {
        var torque = default(JointVector);
        new ArmDynamics(Robot).Gravity(Joints(0, 1, -1, 0, 0, 0), 0, ref torque);
        Assert.Equal(0, torque[0], 1e-12);

        // Positive joint 2 leans forward, so holding still takes a negative torque, and one that the drive can give.
        Assert.InRange(torque[1], -Robot.Joints[1].Limits.TorqueNm, -3);
    }

    private static double PotentialEnergy(in JointVector q, double payloadKg)
    {
        // Cutting the chain after a joint, and hanging a tool at its centre of mass, gives that point's height.
        var energy = 0.0;
        for (var i = 0; i < 6; i++)
        {
            var link = Robot.Joints[i].Link;
            energy += link.MassKg * Height(q, i + 1, link.ComM);
        }

        energy += Robot.Tool.MassKg * Height(q, 6, Robot.Tool.ComM);
        energy += payloadKg * Height(q, 6, Robot.Tool.TcpM);
        return energy * 9.80665;
    }

    private static double Height(in JointVector q, int joints, double[] pointM) =>
        new ArmKinematics(Robot with { Joints = Robot.Joints[..joints], Tool = Robot.Tool with { TcpM = pointM } }).Forward(q).Z;
}
