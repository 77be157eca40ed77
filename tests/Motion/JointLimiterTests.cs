using Edge.Control;
using Edge.Control.Motion;
using Edge.Robots;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static Edge.Tests.Motion.ReferenceArm;

namespace Edge.Tests.Motion;

/// <summary>The limiter's promises, for random limits, rates and targets.</summary>
public sealed class JointLimiterTests
{
    // Bounds are compared with the differences of positions, whose rounding the third difference magnifies: 1e-16 / period^3.
    private const double RelativeEpsilon = 1e-6;

    private static readonly Gen<Axis> Axes =
        from rate in Gen.Elements(100, 250, 500, 1000)
        from lower in Real(-4, -0.05)
        from upper in Real(0.05, 4)
        from velocity in Real(0.1, 4)
        from acceleration in Real(0.5, 30)
        from jerk in Real(5, 2000)
        select new Axis(1.0 / rate, new JointLimits([lower, upper], velocity, acceleration, jerk, 10, 1));

    /// <summary>Random jumps, ramps and pauses of a target, far beyond every limit; now and then not a number.</summary>
    private static readonly Gen<Segment[]> Targets = (
        from kind in Gen.Frequency((8, Gen.Constant(0)), (1, Gen.Constant(1)))
        from position in Gen.OneOf(Real(-5, 5), Real(-0.01, 0.01), Gen.Elements(-1e9, 1e9))
        from velocity in Gen.OneOf(Gen.Constant(0.0), Real(-6, 6), Gen.Elements(-1e9, 1e9))
        from moves in Gen.Elements(true, false)
        from ticks in Gen.OneOf(Gen.Choose(1, 5), Gen.Choose(1, 300))
        select new Segment(kind == 0 ? position : double.NaN, velocity, moves, ticks)).ArrayOf();

    [Fact]
    public void No_target_sequence_breaks_a_bound() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400),
            Prop.ForAll(
                (from axis in Axes from start in Real(0, 1) from targets in Targets select (axis, start, targets)).ToArbitrary(),
                x =>
                {
                    var run = new Run(x.axis, Lerp(x.axis.Limits.PositionRad, x.start));
                    foreach (var segment in x.targets)
                        run.Follow(segment);
                    run.Stop();
                }));

    [Fact]
    public void A_step_is_reached_without_overshoot() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400),
            Prop.ForAll(
                (from axis in Axes from start in Real(0, 1) from end in Real(0, 1) select (axis, start, end)).ToArbitrary(),
                x =>
                {
                    double from = Lerp(x.axis.Limits.PositionRad, x.start), to = Lerp(x.axis.Limits.PositionRad, x.end);
                    var run = new Run(x.axis, from);
                    run.Follow(new Segment(to, 0, false, (int)((x.axis.SlowestSeconds(to - from) + 1.5) / x.axis.PeriodSeconds)));
                    Assert.Equal(to, run.Q, 1e-4 + (1e-3 * Math.Abs(to - from)));
                    Assert.InRange((run.Farthest(to > from) - to) * Math.Sign(to - from), double.NegativeInfinity, 1e-9 + (0.01 * Math.Abs(to - from)));
                }));

    [Fact]
    public void From_any_reachable_state_the_brake_ends_in_the_time_that_the_limits_imply() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400),
            Prop.ForAll(
                (from axis in Axes from targets in Targets select (axis, targets)).ToArbitrary(),
                x =>
                {
                    var run = new Run(x.axis, 0);
                    foreach (var segment in x.targets)
                        run.Follow(segment);
                    Assert.InRange(run.Stop(), 0, (int)(x.axis.BrakeSeconds / x.axis.PeriodSeconds) + 5);
                }));

    [Fact]
    public void A_position_outside_the_limits_comes_back_and_never_goes_farther_out()
    {
        var axis = new Axis(0.001, Robot.Joints[2].Limits);
        var run = new Run(axis, 0.3); // the limit is 0.17
        run.Follow(new Segment(5, 1, true, 100));
        run.Follow(new Segment(-1, 0, false, 60));
        run.Follow(new Segment(5, 3, true, 2000));
        Assert.InRange(run.Farthest(up: true), 0, 0.3 + 1e-12);
        Assert.InRange(run.Q, 0.16, 0.17 + 1e-9);
    }

    [Fact]
    public void A_smooth_tool_path_is_followed_within_two_milliseconds()
    {
        // A figure of eight above the table, 0.4 m/s at most, as joint targets from inverse kinematics.
        var arm = new ArmKinematics(Robot);
        var limiter = new JointLimiter(Robot, 0.001);
        JointVector target = Home, previous, speed = default, q = default, dq = default, ddq = default;
        Assert.True(arm.TrySolve(Path(0), ref target));
        limiter.Reset(target);
        var worst = 0.0;
        var fastest = 0.0;
        for (var k = 1; k <= 4000; k++)
        {
            previous = target;
            Assert.True(arm.TrySolve(Path(k * 0.001), ref target));
            for (var i = 0; i < 6; i++)
                speed[i] = (target[i] - previous[i]) * 1000;
            limiter.Step(target, speed, ref q, ref dq, ref ddq);
            ToolPose a = arm.Forward(q), b = Path(k * 0.001), c = Path((k - 1) * 0.001);
            worst = Math.Max(worst, Distance(a, b));
            fastest = Math.Max(fastest, Distance(b, c) * 1000);
        }

        Assert.InRange(fastest, 0.38, 0.42);
        Assert.InRange(worst, 0, 0.4 * 0.002);

        static ToolPose Path(double t)
        {
            var ramp = t < 1 ? t * t * t * (10 + (t * ((6 * t) - 15))) : 1;
            var phase = 2 * Math.PI * 0.4 * t;
            return new(0.42 + (0.045 * ramp * Math.Sin(2 * phase)), 0.135 * ramp * Math.Sin(phase), 0.16 - (0.04 * ramp * Math.Cos(phase)), 0.3 * ramp * Math.Sin(phase));
        }

        static double Distance(in ToolPose a, in ToolPose b) => Math.Sqrt(((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)) + ((a.Z - b.Z) * (a.Z - b.Z)));
    }

    [Fact]
    public void Noise_of_a_microradian_on_the_target_costs_little_acceleration()
    {
        var axis = new AxisLimiter(Robot.Joints[0].Limits, 0.001);
        var random = new Random(4);
        axis.Reset(0);
        for (var k = 0; k < 1000; k++)
        {
            axis.Step((random.NextDouble() - 0.5) * 2e-6, 0);
            Assert.InRange(Math.Abs(axis.Acceleration), 0, 0.05);
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var limiter = new JointLimiter(Robot, 0.001);
        JointVector q = default, dq = default, ddq = default;
        limiter.Reset(Home);
        limiter.Step(q, dq, ref q, ref dq, ref ddq);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var k = 0; k < 100; k++)
                limiter.Step(Home, dq, ref q, ref dq, ref ddq);
            limiter.StepToRest(ref q, ref dq, ref ddq);
        }));
    }

    private static Gen<double> Real(double a, double b) => Gen.Choose(0, 1_000_000).Select(i => a + ((b - a) * i / 1e6));

    private static double Lerp(double[] range, double share) => range[0] + ((range[1] - range[0]) * share);

    private sealed record Axis(double PeriodSeconds, JointLimits Limits)
    {
        /// <summary>Acceleration to zero, then velocity to zero with ramps of acceleration at both ends.</summary>
        public double BrakeSeconds => (Limits.VelocityRadS / Limits.AccelerationRadS2) + (3 * Limits.AccelerationRadS2 / Limits.JerkRadS3);

        public double SlowestSeconds(double distance) => (2 * Math.Abs(distance) / Limits.VelocityRadS) + (4 * BrakeSeconds)
            + (8 * Math.Sqrt(Math.Abs(distance) / Limits.AccelerationRadS2)) + (8 * Math.Cbrt(Math.Abs(distance) / Limits.JerkRadS3));

        public override string ToString() =>
            $"{1 / PeriodSeconds:0} Hz [{Limits.PositionRad[0]}, {Limits.PositionRad[1]}] v {Limits.VelocityRadS} a {Limits.AccelerationRadS2} j {Limits.JerkRadS3}";
    }

    private sealed record Segment(double Position, double Velocity, bool Moves, int Ticks);

    /// <summary>One joint under test: every command's differences are checked against the limits.</summary>
    private sealed class Run
    {
        private readonly Axis _axis;
        private readonly double _lower, _upper;
        private AxisLimiter _limiter;
        private double _q, _dq, _ddq, _highest, _lowest;

        public Run(Axis axis, double start)
        {
            _axis = axis;
            _limiter = new AxisLimiter(axis.Limits, axis.PeriodSeconds);
            _limiter.Reset(start);
            _q = _highest = _lowest = start;
            (_lower, _upper) = (Math.Min(axis.Limits.PositionRad[0], start), Math.Max(axis.Limits.PositionRad[1], start));
        }

        public double Q => _q;

        public double Farthest(bool up) => up ? _highest : _lowest;

        public void Follow(Segment segment)
        {
            for (var k = 0; k < segment.Ticks; k++)
            {
                _limiter.Step(segment.Position + (segment.Moves ? segment.Velocity * k * _axis.PeriodSeconds : 0), segment.Velocity);
                CheckBounds();
            }
        }

        /// <summary>Brakes; returns the periods that it took.</summary>
        public int Stop()
        {
            for (var k = 1; ; k++)
            {
                var atRest = _limiter.StepToRest();
                CheckBounds();
                if (atRest)
                {
                    Assert.Equal(0, _limiter.Velocity);
                    Assert.Equal(0, _limiter.Acceleration);
                    return k;
                }

                Assert.True(k < 100_000, "The brake does not end.");
            }
        }

        private void CheckBounds()
        {
            var limits = _axis.Limits;
            double t = _axis.PeriodSeconds, q = _limiter.Position, dq = (q - _q) / t, ddq = (dq - _dq) / t, dddq = (ddq - _ddq) / t;
            var rounding = 1e-15 * 4 / t;
            Assert.InRange(q, _lower - 1e-12, _upper + 1e-12);
            AssertBelow("velocity", dq, limits.VelocityRadS, rounding);
            AssertBelow("acceleration", ddq, limits.AccelerationRadS2, 2 * rounding / t);
            AssertBelow("jerk", dddq, limits.JerkRadS3, 4 * rounding / (t * t));
            Assert.Equal(dq, _limiter.Velocity, 1e-9);
            Assert.Equal(ddq, _limiter.Acceleration, 1e-7);
            (_q, _dq, _ddq) = (q, dq, ddq);
            (_lowest, _highest) = (Math.Min(_lowest, q), Math.Max(_highest, q));
        }

        private static void AssertBelow(string what, double value, double limit, double rounding) =>
            Assert.True(Math.Abs(value) <= (limit * (1 + RelativeEpsilon)) + rounding, $"{what} {value} exceeds {limit}");
    }
}
