using Edge.Control;
using Edge.Control.Motion;
using Xunit;
using static Edge.Tests.Motion.ReferenceArm;

namespace Edge.Tests.Motion;

/// <summary>Kinematics against the vectors of the arm's fact sheet (section 3) and against itself.</summary>
public sealed class ArmKinematicsTests
{
    private const double H = Math.PI / 2;
    private readonly ArmKinematics _arm = new(Robot);

    public static TheoryData<double[], double[], double[], double[]> FactSheet => new()
    {
        { [0, 0, 0, 0, 0, 0], [207, 0, 112], [Math.PI, 0, 0], [207, 0, -14] },
        { [0, 0, -H, 0, H, 0], [472, 0, 532], [Math.PI, 0, 0], [472, 0, 406] },
        { [0.3, -0.5, -1.2, 0.7, 0.9, -0.4], [340.2421, 124.6299, 656.9455], [-2.523476, -0.888287, 0.187199], [404.9448, 211.2011, 592.1768] },
        { [-1, 0.4, -1.5, 1.1, -0.6, 2], [213.2334, -525.8961, 452.5686], [-2.188319, 1.315691, 2.576668], [217.8635, -650.4579, 434.1584] },
    };

    [Theory]
    [MemberData(nameof(FactSheet))]
    public void Forward_kinematics_agree_with_the_fact_sheet(double[] q, double[] flangeMm, double[] rpy, double[] cupMm)
    {
        var flange = _arm.FlangeFrame(Joints(q));
        AssertMillimetres(flangeMm, flange);
        AssertMillimetres(cupMm, _arm.ForwardFrame(Joints(q)));
        var (sr, cr) = Math.SinCos(rpy[0]);
        var (sp, cp) = Math.SinCos(rpy[1]);
        var (sy, cy) = Math.SinCos(rpy[2]);
        AssertRotation(
            flange,
            [cy * cp, (cy * sp * sr) - (sy * cr), (cy * sp * cr) + (sy * sr), sy * cp, (sy * sp * sr) + (cy * cr), (sy * sp * cr) - (cy * sr), -sp, cp * sr, cp * cr]);
        var pose = _arm.Forward(Joints(q));
        Assert.Equal(Math.Atan2(sy * cp, cy * cp), pose.Yaw, 1e-5);
        Assert.Equal(cupMm[2] / 1000, pose.Z, 1e-6);
    }

    [Fact]
    public void At_home_the_tool_points_straight_down_above_the_near_edge_of_the_table()
    {
        var frame = _arm.ForwardFrame(Home);
        Assert.Equal(-1, frame.R22, 1e-12);
        Assert.InRange(frame.X, 0.2, 0.3);
        Assert.Equal(0, frame.Y, 1e-12);
        Assert.InRange(frame.Z, 0.25, 0.4);
    }

    [Fact]
    public void The_jacobian_is_the_derivative_of_forward_kinematics()
    {
        var random = new Random(1);
        var jacobian = new double[36];
        for (var trial = 0; trial < 50; trial++)
        {
            var q = RandomJoints(random);
            var frame = _arm.Jacobian(q, jacobian);
            AssertRotation(_arm.ForwardFrame(q), [frame.R00, frame.R01, frame.R02, frame.R10, frame.R11, frame.R12, frame.R20, frame.R21, frame.R22]);
            for (var i = 0; i < 6; i++)
            {
                const double Step = 1e-6;
                JointVector before = q, after = q;
                before[i] -= Step;
                after[i] += Step;
                ToolFrame a = _arm.ForwardFrame(before), b = _arm.ForwardFrame(after);
                Assert.Equal((b.X - a.X) / (2 * Step), jacobian[i], 1e-7);
                Assert.Equal((b.Y - a.Y) / (2 * Step), jacobian[6 + i], 1e-7);
                Assert.Equal((b.Z - a.Z) / (2 * Step), jacobian[12 + i], 1e-7);

                // dR = [w] R: the change of the x axis is w cross x.
                double wx = jacobian[18 + i], wy = jacobian[24 + i], wz = jacobian[30 + i];
                Assert.Equal((b.R00 - a.R00) / (2 * Step), (wy * frame.R20) - (wz * frame.R10), 1e-7);
                Assert.Equal((b.R10 - a.R10) / (2 * Step), (wz * frame.R00) - (wx * frame.R20), 1e-7);
                Assert.Equal((b.R20 - a.R20) / (2 * Step), (wx * frame.R10) - (wy * frame.R00), 1e-7);
            }
        }
    }

    [Fact]
    public void From_home_every_pose_above_the_table_is_solved()
    {
        var random = new Random(2);
        for (var trial = 0; trial < 500; trial++)
        {
            var target = new ToolPose(Between(random, 0.24, 0.56), Between(random, -0.25, 0.25), Between(random, 0, 0.3), Between(random, -1.5, 1.5));
            var q = Home;
            Assert.True(_arm.TrySolve(target, ref q), $"{target} was not solved");
            AssertReached(target, q);
            AssertInsideLimits(q);
        }
    }

    [Fact]
    public void Along_a_path_the_solution_stays_on_its_branch_and_moves_little()
    {
        var q = Home;
        Assert.True(_arm.TrySolve(new ToolPose(0.45, 0, 0.16, 0), ref q));
        for (var k = 1; k <= 2000; k++)
        {
            var angle = 2 * Math.PI * k / 1000;
            var target = new ToolPose(0.43 + (0.02 * Math.Cos(angle)) + (0.1 * Math.Sin(angle / 2)), 0.2 * Math.Sin(angle), 0.16 - (0.1 * Math.Sin(angle / 2)), 1.2 * Math.Sin(angle));
            var previous = q;
            Assert.True(_arm.TrySolve(target, ref q));
            AssertReached(target, q);
            if (k == 1)
                continue;
            for (var i = 0; i < 6; i++)
                Assert.InRange(Math.Abs(q[i] - previous[i]), 0, 0.03);
        }
    }

    [Fact]
    public void Out_of_reach_leaves_the_nearest_try_within_the_limits()
    {
        var q = Home;
        Assert.False(_arm.TrySolve(new ToolPose(1.2, 0, 0.3, 0), ref q));
        AssertInsideLimits(q);
        Assert.InRange(_arm.Forward(q).X, 0.6, 1.2);
        Assert.InRange(Math.Abs(_arm.Forward(q).Y), 0, 0.01);
    }

    [Fact]
    public void A_joint_limit_is_respected_when_the_yaw_asked_for_lies_beyond_it()
    {
        // Joint 6 alone turns the tool here and ends at 3.1 rad; the way back round is another branch, which a tracking loop must not jump to.
        var q = Home;
        for (var yaw = 0.0; yaw < 3.6; yaw += 0.02)
        {
            var solved = _arm.TrySolve(new ToolPose(0.3, 0, 0.2, yaw), ref q);
            AssertInsideLimits(q);
            Assert.Equal(yaw < 3.1 + 1e-9, solved);
        }
    }

    [Theory]
    [InlineData(double.NaN, 0, 0.2, 0)]
    [InlineData(0.3, double.PositiveInfinity, 0.2, 0)]
    [InlineData(0.3, 0, 0.2, double.NaN)]
    public void A_target_that_is_not_a_number_is_refused_and_changes_nothing(double x, double y, double z, double yaw)
    {
        var q = Home;
        Assert.False(_arm.TrySolve(new ToolPose(x, y, z, yaw), ref q));
        for (var i = 0; i < 6; i++)
            Assert.Equal(Home[i], q[i]);
    }

    [Fact]
    public void Half_a_turn_is_found()
    {
        var q = Home;
        q[5] = -1.5;
        var start = _arm.Forward(q);
        var target = start with { Yaw = start.Yaw - Math.PI };
        Assert.True(_arm.TrySolve(target, ref q));
        AssertReached(target, q);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var q = Home;
        var target = new ToolPose(0.45, 0.1, 0.1, 0.3);
        _arm.TrySolve(target, ref q);
        Assert.Equal(0, Allocations.Of(() =>
        {
            _arm.TrySolve(target with { Y = -0.1 }, ref q);
            _arm.Forward(q);
        }));
    }

    private void AssertReached(in ToolPose target, in JointVector q)
    {
        var frame = _arm.ForwardFrame(q);
        Assert.Equal(target.X, frame.X, 1e-6);
        Assert.Equal(target.Y, frame.Y, 1e-6);
        Assert.Equal(target.Z, frame.Z, 1e-6);
        Assert.Equal(-1, frame.R22, 1e-9);
        Assert.Equal(0, Math.IEEERemainder(target.Yaw - frame.ToToolPose().Yaw, 2 * Math.PI), 1e-6);
    }

    private static void AssertInsideLimits(in JointVector q)
    {
        for (var i = 0; i < 6; i++)
            Assert.InRange(q[i], Robot.Joints[i].Limits.PositionRad[0], Robot.Joints[i].Limits.PositionRad[1]);
    }

    private static void AssertMillimetres(double[] expected, in ToolFrame frame)
    {
        Assert.Equal(expected[0], frame.X * 1000, 2e-4);
        Assert.Equal(expected[1], frame.Y * 1000, 2e-4);
        Assert.Equal(expected[2], frame.Z * 1000, 2e-4);
    }

    private static void AssertRotation(in ToolFrame frame, double[] expected)
    {
        double[] actual = [frame.R00, frame.R01, frame.R02, frame.R10, frame.R11, frame.R12, frame.R20, frame.R21, frame.R22];
        for (var i = 0; i < 9; i++)
            Assert.Equal(expected[i], actual[i], 2e-6);
    }

    private static double Between(Random random, double a, double b) => a + ((b - a) * random.NextDouble());

    private static JointVector RandomJoints(Random random)
    {
        var q = default(JointVector);
        for (var i = 0; i < 6; i++)
            q[i] = Between(random, Robot.Joints[i].Limits.PositionRad[0], Robot.Joints[i].Limits.PositionRad[1]);
        return q;
    }
}
