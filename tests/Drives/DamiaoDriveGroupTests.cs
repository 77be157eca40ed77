using Edge.Buses;
using Edge.Drives;
using Edge.Drives.Damiao;
using Edge.Robots;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Drives;

public sealed class DamiaoDriveGroupTests
{
    private const long TickNs = 1_000_000;

    private readonly FakeDamiaoBus _bus = new();
    private long _nowNs;

    internal static JointDescription Joint(int n, string model = "J4310", string bus = "arm", double timeoutSeconds = 0.02, int? masterId = null) => new(
        $"joint{n}",
        [0, 0, 0],
        0,
        new DriveDescription("damiao", model, bus, n, masterId ?? 0x10 + n, 1, 0, 80, 1.5, timeoutSeconds),
        new JointLimits([-3, 3], 2, 10, 300, 7, 0.3),
        new LinkDescription(1, [0, 0, 0], [1, 1, 1, 0, 0, 0]));

    [Fact]
    public void StartUpReadsTheRangesAndSetsModeAndTimeOut()
    {
        var first = _bus.Add(1, 0x11, vmax: 8, tmax: 28);
        var second = _bus.Add(2, 0x12);
        var group = new DamiaoDriveGroup(_bus, [Joint(1, "J4340P"), Joint(2)], flexibleData: false);
        Assert.Equal(ConfigureState.Done, RunConfigure(group));
        Assert.Equal("", group.ConfigureError);
        Assert.Equal(8, group.Ranges(0).VelocityRadS); // what the drive says, not the table's 10
        Assert.Equal(30, group.Ranges(1).VelocityRadS);
        Assert.Equal(1u, first.Registers[10]);
        Assert.Equal(400u, first.Registers[9]);
        Assert.Equal(1u, second.Registers[10]);
        Assert.NotEqual(0, group.Feedback(0).ReceivedNs);
        Assert.All(_bus.Sent, frame => Assert.Equal(CanFrameFlags.None, frame.Flags));
        Assert.Equal(0, first.Enables + second.Enables);
        Assert.Equal(0, first.MitFrames + second.MitFrames);
        Assert.Equal(0, group.StrayFrames);
    }

    [Fact]
    public void ALossyBusOnlyTakesLonger()
    {
        _bus.Add(1, 0x11).Deaf = 3;
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        Assert.Equal(ConfigureState.Done, RunConfigure(group));
    }

    [Fact]
    public void ASilentDriveFailsAndIsNamed()
    {
        _bus.Add(1, 0x11);
        _bus.Add(2, 0x12).Silent = true;
        var group = new DamiaoDriveGroup(_bus, [Joint(1), Joint(2)], flexibleData: false);
        Assert.Equal(ConfigureState.Failed, RunConfigure(group));
        Assert.Contains("joint2 (damiao J4310, canId 2)", group.ConfigureError, StringComparison.Ordinal);
        Assert.Contains("read register 8", group.ConfigureError, StringComparison.Ordinal);
        Assert.Contains("no answer on id 0x012", group.ConfigureError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(23, 54.0, "TMAX")]
    [InlineData(22, 0.0, "VMAX")]
    [InlineData(21, double.NaN, "PMAX")]
    public void AnImpossibleScaleFails(int register, double value, string named)
    {
        _bus.Add(1, 0x11).SetFloat(register, value);
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        Assert.Equal(ConfigureState.Failed, RunConfigure(group));
        Assert.Contains(named, group.ConfigureError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, "CTRL_MODE")]
    [InlineData(9, "TIMEOUT")]
    public void ARegisterThatDoesNotTakeItsValueFails(int register, string named)
    {
        _bus.Add(1, 0x11).ReadOnlyRegisters.Add(register);
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        Assert.Equal(ConfigureState.Failed, RunConfigure(group));
        Assert.Contains(named, group.ConfigureError, StringComparison.Ordinal);
    }

    [Fact]
    public void AWrongMasterIdFails()
    {
        _bus.Add(1, 0x11).Registers[7] = 0x21;
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        Assert.Equal(ConfigureState.Failed, RunConfigure(group));
        Assert.Contains("MST_ID", group.ConfigureError, StringComparison.Ordinal);
        Assert.Contains("it answers 33, expected 17", group.ConfigureError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xD, ConfigureState.Done, 0)]
    [InlineData(0x1, ConfigureState.Done, 0)]
    [InlineData(0xB, ConfigureState.Done, 0xB)]
    public void AKilledControllersTracesAreCleanedButNoRealError(byte status, ConfigureState expected, byte left)
    {
        var motor = _bus.Add(1, 0x11);
        motor.Status = status;
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        Assert.Equal(expected, RunConfigure(group));
        Assert.Equal(left, motor.Status);
        Assert.Equal(left, group.Feedback(0).ErrorCode);
    }

    [Fact]
    public void AfterAPauseTheConversationBeginsAnew()
    {
        var motor = _bus.Add(1, 0x11);
        motor.Silent = true;
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        Assert.Equal(ConfigureState.Failed, RunConfigure(group));
        motor.Silent = false;
        Assert.Equal(ConfigureState.Failed, group.Configure(_nowNs));
        _nowNs += 1_000_000_000;
        Assert.Equal(ConfigureState.Done, RunConfigure(group));
        Assert.Equal("", group.ConfigureError);
    }

    [Fact]
    public void BeforeArmingDrivesArePolledAndNothingElse()
    {
        var (group, _) = Configured();
        _bus.Sent.Clear();
        Tick(group);
        Assert.Equal(0x7FFu, Assert.Single(_bus.Sent).Id);
        Assert.Equal("0100CC0000000000", Hex(_bus.Sent[0]));
        Tick(group);
        Assert.Equal(_nowNs, group.Feedback(0).ReceivedNs);
    }

    [Fact]
    public void EnablesThenCommandsThenDisables()
    {
        var (group, motor) = Configured();
        group.RequestEnable(true);
        group.Command(0, new DriveCommand { PositionRad = 1, VelocityRadS = 0.5, KpNmPerRad = 24, KdNmSPerRad = 0.3, TorqueNm = 0.25 });
        Run(group, 3);
        Assert.True(group.Feedback(0).Enabled);
        Assert.Equal(1, motor.Enables);
        Assert.Equal("8A3C8210C40F5832", Convert.ToHexString(motor.LastMit));

        group.RequestEnable(false);
        _bus.Sent.Clear();
        Run(group, 3);
        Assert.False(group.Feedback(0).Enabled);
        Assert.Equal("FFFFFFFFFFFFFFFD", Hex(_bus.Sent[0]));
        Assert.Equal("0100CC0000000000", Hex(_bus.Sent[^1]));
    }

    [Fact]
    public void EnableIsRepeatedUntilTheFeedbackAgrees()
    {
        var (group, motor) = Configured();
        motor.IgnoreEnable = true;
        group.RequestEnable(true);
        Run(group, 51);
        Assert.InRange(motor.Enables, 5, 12);
        Assert.Equal(0, motor.MitFrames);
        motor.IgnoreEnable = false;
        Run(group, 10);
        Assert.True(motor.MitFrames > 0);
    }

    [Fact]
    public void ADriveThatDropsOutIsNotEnabledAgainByItself()
    {
        var (group, motor) = Configured();
        group.RequestEnable(true);
        Run(group, 5);
        motor.Status = 0xD;
        Run(group, 100);
        Assert.Equal(1, motor.Enables);
        Assert.False(group.Feedback(0).Enabled);
        Assert.Equal(0xD, group.Feedback(0).ErrorCode);

        group.RequestEnable(false);
        group.RequestClearErrors();
        Run(group, 10);
        Assert.Equal(0, motor.Status);
        group.RequestEnable(true);
        Run(group, 10);
        Assert.Equal(2, motor.Enables);
        Assert.True(group.Feedback(0).Enabled);
    }

    [Fact]
    public void DisableIsSentEvenToADriveThatWasLastSeenWithoutEnergy()
    {
        var (group, motor) = Configured();
        group.RequestEnable(true);
        _nowNs += TickNs;
        group.Send(_nowNs); // the drive is enabled now, the host has not read it yet
        Assert.Equal(1, motor.Status);
        group.RequestEnable(false);
        _bus.Sent.Clear();
        _nowNs += TickNs;
        group.Send(_nowNs);
        Assert.Equal("FFFFFFFFFFFFFFFD", Hex(_bus.Sent[0]));
        Assert.Equal(0, motor.Status);
    }

    [Fact]
    public void ClearingAnErrorThatPersistsStopsAfterSomeTries()
    {
        var (group, motor) = Configured();
        motor.Status = 9;
        motor.KeepsError = true;
        Run(group, 2);
        group.RequestClearErrors();
        _bus.Sent.Clear();
        Run(group, 500);

        Assert.Equal(20, _bus.Sent.Count(frame => Hex(frame) == "FFFFFFFFFFFFFFFB"));
    }

    [Fact]
    public void NoEnergyBeforeTheStartUpIsDone()
    {
        var motor = _bus.Add(1, 0x11);
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        group.RequestEnable(true);
        Run(group, 20);
        Assert.Equal(0, motor.Enables);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ACommandThatIsNoNumberBecomesDamping(double value)
    {
        var (group, motor) = Configured();
        group.RequestEnable(true);
        group.Command(0, new DriveCommand { PositionRad = value, KpNmPerRad = 100 });
        Run(group, 5);
        var mit = motor.LastMit;
        Assert.Equal(0, ((mit[3] & 15) << 8) | mit[4]); // kp
        Assert.Equal((int)(1.5 / 5 * 4095), (mit[5] << 4) | (mit[6] >> 4)); // kd of the robot file
    }

    [Fact]
    public void FdBusesGetFdFramesWithBitRateSwitch()
    {
        _bus.Add(1, 0x11);
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: true);
        Assert.Equal(ConfigureState.Done, RunConfigure(group));
        Assert.All(_bus.Sent, frame => Assert.Equal(CanFrameFlags.FlexibleData | CanFrameFlags.BitRateSwitch, frame.Flags));
    }

    [Fact]
    public void OneFlushATick()
    {
        var (group, _) = Configured();
        var before = _bus.Flushes;
        Run(group, 10);
        Assert.Equal(10, _bus.Flushes - before);
    }

    [Fact]
    public void ALateRegisterAnswerIsNotMistakenForAPosition()
    {
        var (group, _) = Configured();
        Tick(group);
        var before = group.Feedback(0).PositionRad;
        _bus.Say(CanFrame.Create(0x11, [1, 0, 0x33, 0x16, 0, 0, 0xF0, 0x41]));
        _nowNs += TickNs;
        group.Receive(_nowNs);
        Assert.Equal(before, group.Feedback(0).PositionRad);
    }

    [Fact]
    public void AnyFramesOnTheBusLeaveTheGroupAlive() => Prop.ForAll<uint, byte[], byte>((id, bytes, flags) =>
    {
        var (group, _) = Configured();
        for (var i = 0; i < 20; i++)
            _bus.Say(CanFrame.Create(i % 2 == 0 ? 0x11 : id & 0x1FFFFFFF, bytes.AsSpan(0, Math.Min(bytes.Length, 64)), (CanFrameFlags)(flags & 15)));
        Run(group, 3);
        Assert.Equal(_nowNs, group.Feedback(0).ReceivedNs);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ABabblingBusDoesNotHoldTheLoop()
    {
        var (group, _) = Configured();
        for (var i = 0; i < 1000; i++)
            _bus.Say(CanFrame.Create(0x300, []));
        group.Receive(_nowNs);
        Assert.True(_bus.TryReceive(out _));
    }

    [Theory]
    [InlineData("J9999", 1, 0x11, 0.02, "model \"J9999\"")]
    [InlineData("J4310", 0, 0x11, 0.02, "canId 0")]
    [InlineData("J4310", 1, 0, 0.02, "masterId 0")]
    [InlineData("J4310", 1, 0x7FF, 0.02, "masterId 2047")]
    [InlineData("J4310", 1, 0x11, 0, "timeoutSeconds 0")]
    [InlineData("J4310", 1, 2, 0.02, "masterId 2")]
    public void ImpossibleDescriptionsAreNamed(string model, int canId, int masterId, double timeoutSeconds, string named)
    {
        var joint = Joint(canId, model, timeoutSeconds: timeoutSeconds, masterId: masterId);
        var message = Assert.Throws<ArgumentException>(() => new DamiaoDriveGroup(_bus, [joint, Joint(2)], flexibleData: false)).Message;
        Assert.Contains($"joint{canId}: {named}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATickAllocatesNothing()
    {
        var (group, _) = Configured();
        _bus.Quiet = true;
        group.RequestEnable(true);
        Run(group, 10);
        Assert.Equal(0, Allocations.Of(() => Run(group, 1000)));
    }

    private static string Hex(CanFrame frame) => Convert.ToHexString(frame.Data);

    private (DamiaoDriveGroup Group, FakeDamiaoBus.Motor Motor) Configured()
    {
        _bus.Motors.Clear();
        var motor = _bus.Add(1, 0x11);
        var group = new DamiaoDriveGroup(_bus, [Joint(1)], flexibleData: false);
        Assert.Equal(ConfigureState.Done, RunConfigure(group));
        return (group, motor);
    }

    private ConfigureState RunConfigure(DamiaoDriveGroup group)
    {
        for (var i = 0; i < 2000; i++)
        {
            _nowNs += TickNs;
            group.Receive(_nowNs);
            var state = group.Configure(_nowNs);
            if (state != ConfigureState.Busy)
                return state;
            group.Send(_nowNs);
        }

        return ConfigureState.Busy;
    }

    private void Run(DamiaoDriveGroup group, int ticks)
    {
        for (var i = 0; i < ticks; i++)
            Tick(group);
    }

    private void Tick(DamiaoDriveGroup group)
    {
        _nowNs += TickNs;
        group.Receive(_nowNs);
        group.Send(_nowNs);
    }
}
