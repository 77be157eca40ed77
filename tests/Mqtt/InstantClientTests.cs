using Edge.Control;
using Edge.Mqtt;
using Edge.Robots;
using Edge.Tests.Drives;
using Xunit;

namespace Edge.Tests.Mqtt;

/// <summary>What <c>edge arm</c> and its sisters show and return, against a real broker.</summary>
public sealed class InstantClientTests : IDisposable
{
    private readonly Broker _broker = new();
    private readonly StringWriter _output = new();

    private MqttDescription Mqtt => new("127.0.0.1", _broker.Port, "lab", "arm1", "finish", MayArm: true);

    public void Dispose() => _broker.Dispose();

    [Theory]
    [InlineData("arm", RobotCommandKind.Arm)]
    [InlineData("disarm", RobotCommandKind.Disarm)]
    [InlineData("stop", RobotCommandKind.Stop)]
    [InlineData("clearError", RobotCommandKind.ClearError)]
    public void WaitsForTheEndOfTheAction(string action, RobotCommandKind kind)
    {
        using var robot = Host((robot, command) =>
        {
            Assert.Equal(kind, command.Kind);
            robot.ReportAction(command);
        });
        Assert.Equal(RequestOutcome.Done, Run(action));
        Assert.Contains($"{action}: done; the robot is idle", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void SaysWhyItWasNotDone()
    {
        using var robot = Host((robot, command) => robot.ReportAction(command, "the robot is Off: joint2 is silent"));
        Assert.Equal(RequestOutcome.NotDone, Run("arm"));
        Assert.Contains("arm: not done: the robot is Off: joint2 is silent", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void SaysWhyItWasRejected()
    {
        using var robot = new RobotHost(DriveSetTests.Robot(["a"]) with { Mqtt = Mqtt with { MayArm = null } }, (_, _) => Assert.Fail("nothing was to be done"));
        Assert.Equal(RequestOutcome.NotDone, Run("arm"));
        Assert.Contains("rejected: NOT_ALLOWED: ", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutABrokerItSaysHowToCheckIt()
    {
        _broker.Kill();
        Assert.Equal(RequestOutcome.NoAnswer, InstantClient.Run(Mqtt, "stop", _output, TimeSpan.FromSeconds(1)));
        Assert.Contains("systemctl status mosquitto", _output.ToString(), StringComparison.Ordinal);
    }

    private int Run(string action) => InstantClient.Run(Mqtt, action, _output, TimeSpan.FromMinutes(2));

    private RobotHost Host(Action<RobotMqtt, RobotCommand> work) =>
        new(DriveSetTests.Robot(["a"]) with { Mqtt = Mqtt }, work, robot => robot.PublishState(new RobotStatus { State = ControlState.Idle }));
}
