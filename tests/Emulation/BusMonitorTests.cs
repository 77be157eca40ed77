using System.Text.Json;
using Edge.Hil.Emulation.Damiao;
using Edge.Hil.Monitor;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Emulation;

public sealed class BusMonitorTests
{
    private const double Period = 0.001;
    private const long PeriodNs = 1_000_000;

    private static readonly RobotDescription Reference = Wire.Robot();

    private long _nowNs = 1_000_000_000;

    public static TheoryData<int> Joints => [0, 2, 3]; // one of each model: J8009P, J4340P, J4310

    /// <summary>Whatever a controller within its limits sends, however it rounds, nothing is reported: the bound is a bound.</summary>
    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, 2, false)]
    [InlineData(2, 3, true)]
    [InlineData(2, 4, false)]
    [InlineData(3, 5, true)]
    [InlineData(3, 6, false)]
    public void MotionThatUsesItsLimitsToTheFullIsNeverReported(int joint, int seed, bool truncate)
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        var limits = Reference.Joints[joint].Limits;
        foreach (var (p, v) in LimitedMotion(limits, seed, 60_000))
            Send(monitor, joint, p, v, truncate: truncate);

        var report = monitor.Report().Joints[joint];
        Assert.Equal(0, report.VelocityRadS.Violations + report.AccelerationRadS2.Violations + report.JerkRadS3.Violations);
        Assert.Equal(1, report.Restarts);

        // And the motion was no easy one: the certain part of the readings came close to the limits.
        Assert.InRange(report.VelocityRadS.Margin, 0, 0.03);
        Assert.InRange(report.AccelerationRadS2.Margin, 0, 0.25);
        Assert.InRange(report.JerkRadS3.Margin, 0, 0.75);
    }

    /// <summary>A jerk at its limit that lasts through a window passes; 25 % more is certain, from positions alone and from velocities alone.</summary>
    [Theory]
    [MemberData(nameof(Joints))]
    public void JerkAtTheLimitPassesAndAQuarterAboveIsCaught(int joint)
    {
        var robot = Loosened();
        var limit = robot.Joints[joint].Limits.JerkRadS3;
        foreach (var (kp, kd) in new[] { (10.0, 0.0), (0.0, 1.0) })
        {
            var passes = new BusMonitor(robot, exactTiming: true);
            var caught = new BusMonitor(robot, exactTiming: true);
            for (var i = 0; i < 4000; i++)
            {
                // x = A sin(w t) has the jerk A w^3. w = 10 rad/s turns slowly against windows of about 0.1 s.
                const double w = 10;
                var (sin, cos) = Math.SinCos(w * i * Period);
                var a = limit / (w * w * w);
                Send(passes, joint, a * sin, a * w * cos, kp: kp, kd: kd, step: false);
                Send(caught, joint, 1.25 * a * sin, 1.25 * a * w * cos, kp: kp, kd: kd);
            }

            Assert.Equal(0, passes.Report().Violations);
            var report = caught.Report().Joints[joint];
            Assert.True(report.JerkRadS3.Violations > 0, $"kp {kp}, kd {kd}: {report.JerkRadS3}");
            Assert.Equal(report.Violations, report.JerkRadS3.Violations);
            Assert.True(report.JerkRadS3.Margin < 0);
            Assert.NotNull(report.FirstViolationNs);
        }
    }

    [Theory]
    [MemberData(nameof(Joints))]
    public void EveryQuantityIsResolvedFinerThanAnEighthOfItsLimit(int joint)
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        Send(monitor, joint, 0, 0);
        var report = monitor.Report().Joints[joint];
        foreach (var quantity in new[] { report.VelocityRadS, report.AccelerationRadS2, report.JerkRadS3 })
        {
            Assert.InRange(quantity.FromPositions.Resolution / quantity.Limit, 1e-6, 0.12);
            Assert.InRange(quantity.FromVelocities.Resolution / quantity.Limit, 1e-6, 0.12);
            Assert.InRange(quantity.FromPositions.WindowSeconds, 0, 0.15);
        }
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(1.25, 1)]
    public void SteadyVelocityAgainstItsLimit(double share, int expected)
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        var v = share * Reference.Joints[0].Limits.VelocityRadS;
        for (var i = 0; i < 1000; i++)
            Send(monitor, 0, -1 + (v * i * Period), -v);
        var report = monitor.Report().Joints[0].VelocityRadS;
        Assert.Equal(expected, Math.Sign(report.Violations));
        Assert.Equal(v, report.FromPositions.Max, report.FromPositions.Resolution);
        Assert.Equal(v, report.FromVelocities.Max, report.FromVelocities.Resolution);
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(1.25, 1)]
    public void SteadyAccelerationAgainstItsLimit(double share, int expected)
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        var a = share * Reference.Joints[2].Limits.AccelerationRadS2;
        for (var i = 0; i < 300; i++)
        {
            var t = (i - 150) * Period;
            Send(monitor, 2, -0.2 + (0.5 * a * t * t), a * t);
        }

        Assert.Equal(expected, Math.Sign(monitor.Report().Joints[2].AccelerationRadS2.Violations));
        Assert.Equal(0, monitor.Report().Joints[2].JerkRadS3.Violations);
    }

    [Fact]
    public void AStepOfACoupleOfMilliradiansIsCaught()
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        for (var i = 0; i < 400; i++)
            Send(monitor, 0, i < 200 ? 0 : 0.004, 0);
        Assert.True(monitor.Report().Joints[0].JerkRadS3.Violations > 0);
        Assert.True(monitor.Report().Joints[0].VelocityRadS.Violations > 0);
    }

    [Fact]
    public void PositionsAndTorquesAreHeldAgainstJointLimits()
    {
        // Joint 3: sign -1, offset 0.1, limits -3.8..0.17, so its drive may stand at -0.07..3.9.
        var monitor = new BusMonitor(Reference, exactTiming: true);
        Send(monitor, 2, -0.07, 0, torque: 24);
        Assert.Equal(0, monitor.Report().Violations);
        Send(monitor, 2, -0.075, 0, torque: -24.1);
        var report = monitor.Report().Joints[2];
        Assert.Equal(1, report.PositionRad.Violations);
        Assert.Equal(1, report.FeedForwardNm.Violations);
        Assert.Equal(0.175, report.PositionRad.Highest!.Value, 0.001);
        Assert.Equal(24.1, report.FeedForwardNm.Max, 0.02);
    }

    [Fact]
    public void WithoutEnergyOrGainNothingIsACommand()
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        for (var i = 0; i < 100; i++)
            Send(monitor, 0, i % 2, i % 2, epoch: 0);
        for (var i = 0; i < 100; i++)
            Send(monitor, 0, i % 2, i % 2, kp: 0, kd: 0);
        var report = monitor.Report().Joints[0];
        Assert.Equal(0, report.Violations);
        Assert.Equal(100, report.Frames);
        Assert.Equal(100, report.FramesWithoutEnergy);
        Assert.Null(report.PositionRad.Lowest);
    }

    [Fact]
    public void EnablingElsewhereIsNoMotion()
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        Hold(monitor, 0, epoch: 1);
        Hold(monitor, 1, epoch: 0);
        Hold(monitor, 1, epoch: 2);
        Hold(monitor, 0.5, epoch: 3); // disabled and enabled between two commands
        Assert.Equal(0, monitor.Report().Violations);
        Assert.Equal(3, monitor.Report().Joints[0].Restarts);
    }

    [Theory]
    [InlineData(true, 100, 0.19, 0)]
    [InlineData(true, 100, 0.21, 1)]
    [InlineData(false, 30, 0.05, 0)]
    [InlineData(false, 30, 0.07, 1)]
    public void AcrossAGapOnlyTheReachOfTheVelocityCounts(bool exactTiming, int gapMs, double step, int jumps)
    {
        var monitor = new BusMonitor(Reference, exactTiming);
        Hold(monitor, 0);
        _nowNs += gapMs * PeriodNs;
        Hold(monitor, step);
        var report = monitor.Report().Joints[0];
        Assert.Equal(jumps, report.JumpViolations);
        Assert.Equal(jumps, report.Violations);
    }

    [Fact]
    public void ClustersOfCommandsAreReadAsOneAPeriod()
    {
        var monitor = new BusMonitor(Reference, exactTiming: false);
        var random = new Random(7);
        var late = 0L;
        foreach (var (p, v) in LimitedMotion(Reference.Joints[0].Limits, 8, 20_000))
        {
            // Some commands wait for others: all arrive together up to 15 ms late.
            late = late > 0 ? late - 1 : random.Next(50) == 0 ? random.Next(15) : 0;
            _nowNs += late * PeriodNs;
            Send(monitor, 0, p, v);
            _nowNs -= late * PeriodNs;
        }

        var report = monitor.Report().Joints[0];
        Assert.Equal(0, report.VelocityRadS.Violations + report.AccelerationRadS2.Violations + report.JerkRadS3.Violations);
        Assert.Equal(0, report.PaceViolations);
        Assert.Equal(1, report.Restarts);
    }

    [Fact]
    public void ALoopThatRunsTooFastIsCaught()
    {
        var monitor = new BusMonitor(Reference, exactTiming: false);
        for (var i = 0; i < 5000; i++)
        {
            Send(monitor, 0, 0, 0);
            _nowNs -= PeriodNs / 2;
        }

        Assert.True(monitor.Report().Joints[0].PaceViolations > 0);
    }

    [Fact]
    public void LookingAllocatesNothing()
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        var format = new MitFormat(12.5, 45, 54);
        var i = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var end = i + 500; i < end; i++)
            {
                var command = new MitCommand(0.001 * (i % 7), 0.1, 100, 1, 0);
                monitor.OnMitCommand(i % 6, in command, in format, 1, i / 6 * PeriodNs);
            }
        }));
    }

    [Fact]
    public void TheReportIsPlainJson()
    {
        var monitor = new BusMonitor(Reference, exactTiming: true);
        Hold(monitor, 0.1);
        using var json = JsonDocument.Parse(monitor.Report().ToJson());
        Assert.Equal(200, json.RootElement.GetProperty("frames").GetInt64());
        Assert.Equal(0, json.RootElement.GetProperty("violations").GetInt64());
        var joint = json.RootElement.GetProperty("joints")[0];
        Assert.Equal("joint1", joint.GetProperty("joint").GetString());
        Assert.Equal(300, joint.GetProperty("jerkRadS3").GetProperty("limit").GetDouble());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("joints")[1].GetProperty("positionRad").GetProperty("lowest").ValueKind);
    }

    private static RobotDescription Loosened() => Reference with
    {
        Joints = [.. Reference.Joints.Select(joint => joint with
        {
            Limits = joint.Limits with { VelocityRadS = 40, AccelerationRadS2 = 1000, PositionRad = [-12, 12] },
        })],
    };

    /// <summary>Random motion, integrated exactly, whose jerk is always at a limit unless acceleration or velocity are.</summary>
    private static IEnumerable<(double Position, double Velocity)> LimitedMotion(JointLimits limits, int seed, int ticks)
    {
        var random = new Random(seed);
        var (p, v, a) = (0.0, 0.0, 0.0);
        var direction = 1;
        for (var i = 0; i < ticks; i++)
        {
            if (random.Next(400) == 0)
                direction = random.NextDouble() < 0.5 + (0.4 * Math.Tanh(p)) ? -1 : 1;

            var jerk = Bounded(direction * limits.JerkRadS3);
            if (!CanStillTurn(jerk))
                jerk = Bounded(-Math.Sign(a) * limits.JerkRadS3);
            p += Period * (v + (Period * ((a / 2) + (jerk * Period / 6))));
            v += Period * (a + (jerk * Period / 2));
            a += jerk * Period;
            yield return (p, v);
        }

        double Bounded(double jerk) => (Math.Clamp(a + (jerk * Period), -limits.AccelerationRadS2, limits.AccelerationRadS2) - a) / Period;

        bool CanStillTurn(double jerk)
        {
            var nextA = a + (jerk * Period);
            var nextV = v + (Period * (a + (jerk * Period / 2)));
            var ticksToZero = Math.Ceiling(Math.Abs(nextA) / (limits.JerkRadS3 * Period));
            return Math.Abs(nextV + (nextA * ticksToZero * Period / 2)) <= limits.VelocityRadS - (limits.AccelerationRadS2 * Period);
        }
    }

    private static double Quantise(double value, double max, int codes, bool truncate)
    {
        var code = (value + max) * codes / (2 * max);
        return ((truncate ? Math.Floor(code) : Math.Round(code)) * 2 * max / codes) - max;
    }

    private void Hold(BusMonitor monitor, double position, int epoch = 1)
    {
        for (var i = 0; i < 200; i++)
            Send(monitor, 0, position, 0, epoch);
    }

    private void Send(
        BusMonitor monitor, int joint, double position, double velocity, int epoch = 1, double kp = 100, double kd = 1, double torque = 0, bool truncate = true, bool step = true)
    {
        var model = DamiaoModel.Find(Reference.Joints[joint].Drive.Model);
        var format = new MitFormat(model.PositionMaxRad, model.VelocityMaxRadS, model.TorqueMaxNm);
        var command = new MitCommand(
            Quantise(position, format.PositionMaxRad, 65535, truncate),
            Quantise(velocity, format.VelocityMaxRadS, 4095, truncate),
            kp,
            kd,
            Quantise(torque, format.TorqueMaxNm, 4095, truncate));
        monitor.OnMitCommand(joint, in command, in format, epoch, _nowNs);
        if (step)
            _nowNs += PeriodNs;
    }
}
