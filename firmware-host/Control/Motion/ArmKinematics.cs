using Edge.Numerics;
using Edge.Robots;

namespace Edge.Control.Motion;

/// <summary>
/// Forward and inverse kinematics of a serial arm. Keeps no state between calls and allocates nothing, so threads may share one.
/// </summary>
public sealed class ArmKinematics
{
    // A control tick needs two or three iterations; the rest is for starts far from the target. One costs two or three microseconds.
    private const int MaxIterations = 60;

    // Without this much progress in so many iterations the target is out of reach.
    private const int StallIterations = 8;
    private const double StallFactor = 0.99;

    // Convergence is quadratic: the last iteration leaves far less than this.
    private const double PositionToleranceM = 1e-7;
    private const double RotationToleranceRad = 1e-7;

    // Makes metres and radians comparable: about the reach from the wrist to the cup.
    private const double MetresPerRadian = 0.25;

    // Damping of the last iterations (units: square metres); far from the target the squared error itself is added (Sugihara, T-RO 2011).
    private const double LeastDamping = 1e-9;

    // Linearisation holds for about this much.
    private const double LargestStepRad = 0.35;

    private readonly JointChain _chain;
    private readonly double[] _lower;
    private readonly double[] _upper;
    private readonly double _tcpX, _tcpY, _tcpZ;

    /// <summary>Takes chain, cup and position limits from the robot file.</summary>
    public ArmKinematics(RobotDescription robot)
    {
        _chain = new JointChain(robot);
        _lower = Array.ConvertAll(robot.Joints, static joint => joint.Limits.PositionRad[0]);
        _upper = Array.ConvertAll(robot.Joints, static joint => joint.Limits.PositionRad[1]);
        (_tcpX, _tcpY, _tcpZ) = (robot.Tool.TcpM[0], robot.Tool.TcpM[1], robot.Tool.TcpM[2]);
    }

    /// <summary>Number of joints.</summary>
    public int JointCount => _chain.Count;

    /// <summary>Where the cup is (base frame) at these joint positions (rad); a tilt of the tool is left out.</summary>
    public ToolPose Forward(in JointVector q) => ForwardFrame(q).ToToolPose();

    /// <summary>The cup's full pose in the base frame at these joint positions (rad).</summary>
    public ToolFrame ForwardFrame(in JointVector q)
    {
        var frame = FlangeFrame(q);
        frame.Translate(_tcpX, _tcpY, _tcpZ);
        return frame;
    }

    /// <summary>The flange's full pose in the base frame at these joint positions (rad).</summary>
    public ToolFrame FlangeFrame(in JointVector q)
    {
        var frame = ToolFrame.Identity;
        for (var i = 0; i < _chain.Count; i++)
            _chain.Advance(ref frame, i, q[i]);
        return frame;
    }

    /// <summary>
    /// Geometric Jacobian of the cup in the base frame: six rows (vx, vy, vz in m/s, wx, wy, wz in rad/s), one column per joint, row by row.
    /// Returns the cup's pose.
    /// </summary>
    public ToolFrame Jacobian(in JointVector q, Span<double> jacobian)
    {
        var n = _chain.Count;
        if (jacobian.Length < 6 * n)
            throw new ArgumentException("The Jacobian needs six values per joint.", nameof(jacobian));
        var frame = ToolFrame.Identity;
        for (var i = 0; i < n; i++)
        {
            _chain.Advance(ref frame, i, q[i]);

            // Until the cup is known, the upper rows keep the joint's origin.
            jacobian[i] = frame.X;
            jacobian[n + i] = frame.Y;
            jacobian[(2 * n) + i] = frame.Z;
            jacobian[(3 * n) + i] = frame.R02;
            jacobian[(4 * n) + i] = frame.R12;
            jacobian[(5 * n) + i] = frame.R22;
        }

        frame.Translate(_tcpX, _tcpY, _tcpZ);
        for (var i = 0; i < n; i++)
        {
            double rx = frame.X - jacobian[i], ry = frame.Y - jacobian[n + i], rz = frame.Z - jacobian[(2 * n) + i];
            double ax = jacobian[(3 * n) + i], ay = jacobian[(4 * n) + i], az = jacobian[(5 * n) + i];
            jacobian[i] = (ay * rz) - (az * ry);
            jacobian[n + i] = (az * rx) - (ax * rz);
            jacobian[(2 * n) + i] = (ax * ry) - (ay * rx);
        }

        return frame;
    }

    /// <summary>
    /// Finds joint positions within their limits that bring the cup to a pose, tool straight down, starting from <paramref name="q"/>
    /// and staying on its branch. False: out of reach (or of time), and <paramref name="q"/> is the nearest that was found.
    /// </summary>
    public bool TrySolve(in ToolPose target, ref JointVector q)
    {
        var n = _chain.Count;
        Span<double> jacobian = stackalloc double[6 * JointVector.Capacity];
        Span<double> error = stackalloc double[6];
        Span<double> step = stackalloc double[JointVector.Capacity];
        Span<bool> blocked = stackalloc bool[JointVector.Capacity];
        var goal = ToolFrame.PointingDown(target);
        if (!double.IsFinite(goal.X + goal.Y + goal.Z + goal.R00))
            return false;

        var best = q;
        for (var i = 0; i < n; i++)
            best[i] = double.IsFinite(q[i]) ? Math.Clamp(q[i], _lower[i], _upper[i]) : (_lower[i] + _upper[i]) / 2;
        var current = best;
        double bestError = double.PositiveInfinity, stallError = double.PositiveInfinity;
        var stalled = 0;
        for (var iteration = 0; ; iteration++)
        {
            var frame = Jacobian(current, jacobian);
            PoseError(frame, goal, error);
            var squared = SquaredLength(error);
            if (squared < bestError)
            {
                bestError = squared;
                best = current;
            }

            if (IsWithinTolerance(error))
            {
                q = best;
                return true;
            }

            stalled = bestError < stallError * StallFactor ? 0 : stalled + 1;
            if (stalled == 0)
                stallError = bestError;
            if (iteration == MaxIterations || stalled == StallIterations)
            {
                q = best;
                return false;
            }

            for (var k = 3 * n; k < 6 * n; k++)
                jacobian[k] *= MetresPerRadian;
            Advance(ref current, jacobian, error, step, blocked);
        }
    }

    /// <summary>
    /// One damped step. A joint that would leave its limits is put on the limit and left out, and the others share what is missing.
    /// </summary>
    private void Advance(ref JointVector q, Span<double> jacobian, Span<double> error, Span<double> step, Span<bool> blocked)
    {
        var n = _chain.Count;
        var damping = LeastDamping + (0.5 * SquaredLength(error));
        blocked[..n].Clear();
        bool again;
        do
        {
            DampedStep(jacobian, n, damping, error, step);
            again = false;
            for (var i = 0; i < n; i++)
            {
                if (blocked[i])
                    continue;
                var free = q[i] + step[i];
                if (free >= _lower[i] && free <= _upper[i])
                    continue;
                var moved = Math.Clamp(free, _lower[i], _upper[i]) - q[i];
                q[i] += moved;
                blocked[i] = again = true;
                for (var row = 0; row < 6; row++)
                {
                    error[row] -= jacobian[(row * n) + i] * moved;
                    jacobian[(row * n) + i] = 0;
                }
            }
        }
        while (again);

        for (var i = 0; i < n; i++)
        {
            if (!blocked[i])
                q[i] += step[i];
        }
    }

    /// <summary>step = J' (J J' + damping I)^-1 error, shortened as a whole to <see cref="LargestStepRad"/>.</summary>
    private static void DampedStep(ReadOnlySpan<double> jacobian, int n, double damping, ReadOnlySpan<double> error, Span<double> step)
    {
        Span<double> m = stackalloc double[36];
        Span<double> y = stackalloc double[6];
        for (var r = 0; r < 6; r++)
        {
            for (var c = 0; c <= r; c++)
            {
                var sum = r == c ? damping : 0;
                for (var i = 0; i < n; i++)
                    sum += jacobian[(r * n) + i] * jacobian[(c * n) + i];
                m[(r * 6) + c] = sum;
            }
        }

        error[..6].CopyTo(y);
        Cholesky.Solve(m, y);

        var largest = 0.0;
        for (var i = 0; i < n; i++)
        {
            var sum = 0.0;
            for (var r = 0; r < 6; r++)
                sum += jacobian[(r * n) + i] * y[r];
            step[i] = sum;
            largest = Math.Max(largest, Math.Abs(sum));
        }

        if (largest > LargestStepRad)
        {
            for (var i = 0; i < n; i++)
                step[i] *= LargestStepRad / largest;
        }
    }

    /// <summary>What is missing from a frame to the goal: translation, then rotation vector (base frame) scaled to metres.</summary>
    private static void PoseError(in ToolFrame frame, in ToolFrame goal, Span<double> error)
    {
        error[0] = goal.X - frame.X;
        error[1] = goal.Y - frame.Y;
        error[2] = goal.Z - frame.Z;

        // E = goal * frame'; its skew part is sin(angle) times the axis.
        var e00 = (goal.R00 * frame.R00) + (goal.R01 * frame.R01) + (goal.R02 * frame.R02);
        var e01 = (goal.R00 * frame.R10) + (goal.R01 * frame.R11) + (goal.R02 * frame.R12);
        var e02 = (goal.R00 * frame.R20) + (goal.R01 * frame.R21) + (goal.R02 * frame.R22);
        var e10 = (goal.R10 * frame.R00) + (goal.R11 * frame.R01) + (goal.R12 * frame.R02);
        var e11 = (goal.R10 * frame.R10) + (goal.R11 * frame.R11) + (goal.R12 * frame.R12);
        var e12 = (goal.R10 * frame.R20) + (goal.R11 * frame.R21) + (goal.R12 * frame.R22);
        var e20 = (goal.R20 * frame.R00) + (goal.R21 * frame.R01) + (goal.R22 * frame.R02);
        var e21 = (goal.R20 * frame.R10) + (goal.R21 * frame.R11) + (goal.R22 * frame.R12);
        var e22 = (goal.R20 * frame.R20) + (goal.R21 * frame.R21) + (goal.R22 * frame.R22);
        double x = (e21 - e12) / 2, y = (e02 - e20) / 2, z = (e10 - e01) / 2;
        var sin = Math.Sqrt((x * x) + (y * y) + (z * z));
        var cos = (e00 + e11 + e22 - 1) / 2;
        var scale = MetresPerRadian;
        if (cos < -0.999)
        {
            // Half a turn: the skew part vanishes, but E + E' still shows the axis.
            (x, y, z) = HalfTurnAxis(e00, e11, e22, e01 + e10, e02 + e20, e12 + e21, x, y, z);
            scale *= Math.Atan2(sin, cos);
        }
        else if (sin > 1e-9)
        {
            scale *= Math.Atan2(sin, cos) / sin;
        }

        (error[3], error[4], error[5]) = (x * scale, y * scale, z * scale);
    }

    private static (double X, double Y, double Z) HalfTurnAxis(double xx, double yy, double zz, double xy, double xz, double yz, double sx, double sy, double sz)
    {
        // With cos = -1: E = 2 a a' - I. The row of the largest diagonal entry is the best conditioned.
        double x, y, z;
        if (xx >= yy && xx >= zz)
            (x, y, z) = (xx + 1, xy / 2, xz / 2);
        else if (yy >= zz)
            (x, y, z) = (xy / 2, yy + 1, yz / 2);
        else
            (x, y, z) = (xz / 2, yz / 2, zz + 1);
        var length = Math.Sqrt((x * x) + (y * y) + (z * z));
        if ((x * sx) + (y * sy) + (z * sz) < 0)
            length = -length;
        return (x / length, y / length, z / length);
    }

    private static bool IsWithinTolerance(ReadOnlySpan<double> error) =>
        SquaredLength(error[..3]) < PositionToleranceM * PositionToleranceM
        && SquaredLength(error[3..]) < RotationToleranceRad * MetresPerRadian * RotationToleranceRad * MetresPerRadian;

    private static double SquaredLength(ReadOnlySpan<double> v)
    {
        var sum = 0.0;
        foreach (var x in v)
            sum += x * x;
        return sum;
    }
}
