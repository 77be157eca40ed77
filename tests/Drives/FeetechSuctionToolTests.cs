using Edge.Drives;
using Edge.Drives.Feetech;
using Edge.Robots;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Edge.Tests.Drives;

public sealed class FeetechSuctionToolTests
{
    private const long TickNs = 1_000_000;

    private readonly FakeServo _servo = new();
    private long _nowNs;

    internal static ValveDescription Valve { get; } = new("feetech-sts", "tool", 1, 100, 1024, 2048, 100, 300, 525);

    [Fact]
    public void StartUpChecksTheModelClosesTheValveAndSwitchesTorqueOn()
    {
        var tool = Configured();
        Assert.Equal(2048, _servo.Goal);
        Assert.Equal(1, _servo.Memory[40]);
        Assert.NotEqual(0, tool.Feedback.ReceivedNs);
        Assert.Equal("FFFF010201FB", _servo.Packets[0]);
        Assert.Equal("FFFF0104020302F3", _servo.Packets[1]);
        Assert.Equal(0, tool.Malformed + tool.TimeOuts);

        // The goal is set before the torque, so that nothing moves when it comes on.
        Assert.True(_servo.Packets.FindIndex(p => p.StartsWith("FFFF0105032A", StringComparison.Ordinal)) < _servo.Packets.IndexOf("FFFF0104032801CE"));
    }

    [Fact]
    public void WorksOnAnAdapterThatEchoes()
    {
        _servo.Echo = true;
        var tool = Configured();
        _servo.SetLoad(300);
        Run(tool, true, 50);
        Assert.Equal(1024, _servo.Goal);
        Assert.True(tool.Feedback.Sealed);
        Assert.Equal(0, tool.TimeOuts);
    }

    [Fact]
    public void AnEchoWithoutAServoIsSilence()
    {
        _servo.Echo = true;
        _servo.Silent = true;
        var tool = new FeetechSuctionTool(_servo, Valve);
        Assert.Equal(ConfigureState.Failed, RunConfigure(tool));
        Assert.Contains("no answer", tool.ConfigureError, StringComparison.Ordinal);
    }

    [Fact]
    public void ASilentServoFailsAndIsNamed()
    {
        _servo.Silent = true;
        var tool = new FeetechSuctionTool(_servo, Valve);
        Assert.Equal(ConfigureState.Failed, RunConfigure(tool));
        Assert.Contains("tool (feetech-sts, id 1): asked to answer a ping", tool.ConfigureError, StringComparison.Ordinal);

        _servo.Silent = false;
        _nowNs += 1_000_000_000;
        Assert.Equal(ConfigureState.Done, RunConfigure(tool));
    }

    [Theory]
    [InlineData(3, 1, "model number", "answers 769, expected 777")]
    [InlineData(33, 1, "mode", "answers 1, expected 0")]
    public void AServoOfAnotherKindFails(int address, byte value, string named, string found)
    {
        _servo.Memory[address] = value;
        var tool = new FeetechSuctionTool(_servo, Valve);
        Assert.Equal(ConfigureState.Failed, RunConfigure(tool));
        Assert.Contains(named, tool.ConfigureError, StringComparison.Ordinal);
        Assert.Contains(found, tool.ConfigureError, StringComparison.Ordinal);
    }

    [Fact]
    public void TorqueThatDoesNotComeOnFails()
    {
        _servo.ReadOnly.Add(40);
        var tool = new FeetechSuctionTool(_servo, Valve);
        Assert.Equal(ConfigureState.Failed, RunConfigure(tool));
        Assert.Contains("torque", tool.ConfigureError, StringComparison.Ordinal);
    }

    [Fact]
    public void TheGoalIsWrittenOnChangeOnlyAndReadBack()
    {
        var tool = Configured();
        _servo.Packets.Clear();
        Run(tool, true, 100);
        Assert.Equal(1024, _servo.Goal);
        Assert.Equal(1, _servo.Packets.Count(p => p == "FFFF0105032A0004C8"));
        Assert.Equal(1, _servo.Packets.Count(p => p == "FFFF0104022A02CC"));
        Run(tool, false, 100);
        Assert.Equal(2048, _servo.Goal);
    }

    [Fact]
    public void AGoalThatIsNotTakenIsWrittenAgainWhileFeedbackLivesOn()
    {
        var tool = Configured();
        _servo.ReadOnly.Add(43);
        Run(tool, true, 200);
        Assert.InRange(_nowNs - tool.Feedback.ReceivedNs, 0, 20 * TickNs);
        _servo.ReadOnly.Clear();
        Run(tool, true, 20);
        Assert.Equal(1024, _servo.Goal);
    }

    [Fact]
    public void PollsAtItsRate()
    {
        var tool = Configured();
        _servo.Packets.Clear();
        Run(tool, false, 1000);
        Assert.InRange(_servo.Packets.Count(p => p.StartsWith("FFFF010402380F", StringComparison.Ordinal)), 99, 101);
    }

    [Theory]
    [InlineData(99, false, false)]
    [InlineData(100, true, false)]
    [InlineData(299, true, false)]
    [InlineData(300, false, true)]
    [InlineData(524, false, true)]
    [InlineData(525, true, true)] // what hangs on the cup is pressed against something
    [InlineData(1024 + 300, false, false)] // sign bit 10: pulls the other way
    public void TheLoadTellsWhatTheCupFeels(int raw, bool pressed, bool isSealed)
    {
        var tool = Configured();
        _servo.SetLoad(raw);
        Run(tool, false, 20);
        Assert.Equal(pressed, tool.Feedback.Pressed);
        Assert.Equal(isSealed, tool.Feedback.Sealed);
    }

    [Fact]
    public void ThresholdsHaveAHysteresisOfATenth()
    {
        var tool = Configured();
        foreach (var (load, isSealed) in new[] { (299, false), (300, true), (270, true), (269, false), (299, false) })
        {
            _servo.SetLoad(load);
            Run(tool, false, 20);
            Assert.Equal(isSealed, tool.Feedback.Sealed);
        }
    }

    [Fact]
    public void ErrorBitsAreHandedOnWithTheData()
    {
        var tool = Configured();
        _servo.Error = 0x20;
        _servo.SetLoad(150);
        Run(tool, false, 20);
        Assert.Equal(0x20, tool.Feedback.ErrorBits);
        Assert.True(tool.Feedback.Pressed);
    }

    [Fact]
    public void StartsWithAVoltageWarning()
    {
        _servo.Error = 1; // the reply to a ping is then the ping itself
        Assert.Equal(1, Configured().Feedback.ErrorBits);
    }

    [Fact]
    public void GarbageBeforeAReplyIsSkipped()
    {
        _servo.Noise = [0x00, 0xFF, 0xFF, 0xFF, 0x01, 0x00];
        var tool = Configured();
        Run(tool, true, 50);
        Assert.Equal(1024, _servo.Goal);
        Assert.True(tool.Malformed > 0);
        Assert.Equal(0, tool.TimeOuts);
    }

    [Fact]
    public void AnyGarbageDelaysButNeverStopsIt() => Prop.ForAll<byte[]>(garbage =>
    {
        var tool = Configured();
        _servo.Say(garbage);
        Run(tool, false, 10);
        _servo.Say(garbage);
        Run(tool, false, 60);
        Assert.InRange(_nowNs - tool.Feedback.ReceivedNs, 0, 35 * TickNs);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ASilentServoStopsTheFeedbackAndIsFoundAgain()
    {
        var tool = Configured();
        _servo.Silent = true;
        Run(tool, false, 300);
        Assert.True(_nowNs - tool.Feedback.ReceivedNs > 250 * TickNs);
        Assert.True(tool.TimeOuts > 0);
        _servo.Silent = false;
        Run(tool, false, 50);
        Assert.InRange(_nowNs - tool.Feedback.ReceivedNs, 0, 12 * TickNs);
    }

    [Fact]
    public void AGoneLineIsSilence()
    {
        var tool = Configured();
        _servo.Broken = true;
        Run(tool, true, 10);
        _nowNs += 1_000_000_000;
        Assert.Equal(ConfigureState.Failed, RunConfigure(tool));
        Assert.Contains("serial line is gone", tool.ConfigureError, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingIsSaidBeforeTheStartUp()
    {
        var tool = new FeetechSuctionTool(_servo, Valve);
        Run(tool, true, 50);
        Assert.Empty(_servo.Packets);
    }

    [Fact]
    public void ImpossibleValuesAreNamed()
    {
        Assert.Contains("tool.valve.openSteps: 4096", Assert.Throws<ArgumentException>(() => new FeetechSuctionTool(_servo, Valve with { OpenSteps = 4096 })).Message, StringComparison.Ordinal);
        Assert.Contains("tool.valve.pollHz: 0", Assert.Throws<ArgumentException>(() => new FeetechSuctionTool(_servo, Valve with { PollHz = 0 })).Message, StringComparison.Ordinal);
    }

    private FeetechSuctionTool Configured()
    {
        var tool = new FeetechSuctionTool(_servo, Valve);
        Assert.Equal(ConfigureState.Done, RunConfigure(tool));
        Assert.Equal("", tool.ConfigureError);
        return tool;
    }

    private ConfigureState RunConfigure(FeetechSuctionTool tool)
    {
        for (var i = 0; i < 2000; i++)
        {
            _nowNs += TickNs;
            tool.Receive(_nowNs);
            var state = tool.Configure(_nowNs);
            if (state != ConfigureState.Busy)
                return state;
        }

        return ConfigureState.Busy;
    }

    private void Run(FeetechSuctionTool tool, bool suction, int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            _nowNs += TickNs;
            tool.Receive(_nowNs);
            tool.Send(suction, _nowNs);
        }
    }
}
