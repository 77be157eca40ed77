using Edge.Mqtt;
using Edge.Policy;
using Edge.Robots;
using Edge.Tests.Drives;
using Xunit;

namespace Edge.Tests.Mqtt;

/// <summary>What <c>edge task</c> shows and returns, against a real broker.</summary>
public sealed class TaskClientTests : IDisposable
{
    /// <summary>Generous: it only counts when something is wrong.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Broker _broker = new();
    private readonly StringWriter _output = new();

    private MqttDescription Mqtt => new("127.0.0.1", _broker.Port, "lab", "arm1", "finish");

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void ShowsThePlanAsItGrowsAndReturnsZero()
    {
        using var robot = Host((robot, command) =>
        {
            Assert.Equal("put the red cube on the blue area", command.Instruction);
            Report(robot, command, TaskState.Accepted);
            Report(robot, command, TaskState.Progress, new PlannedCall("pick(at=(1, 2))", SubtaskOutcome.Running, 0));
            Report(robot, command, TaskState.Progress, new("pick(at=(1, 2))", SubtaskOutcome.Succeeded, 6.25), new("place(at=(3, 4))", SubtaskOutcome.Running, 0));
            Report(robot, command, TaskState.Finished, new("pick(at=(1, 2))", SubtaskOutcome.Succeeded, 6.25), new("place(at=(3, 4))", SubtaskOutcome.Succeeded, 5));
        });
        Assert.Equal(RequestOutcome.Done, TaskClient.Run(Mqtt, "put the red cube on the blue area", _output, Patience));
        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("accepted: put the red cube on the blue area", lines[0]);
        Assert.Equal("  1  pick(at=(1, 2))", lines[1]);
        Assert.Equal("  1  pick(at=(1, 2))  succeeded after 6.2 s", lines[2]);
        Assert.Equal("  2  place(at=(3, 4))", lines[3]);
        Assert.Equal("  2  place(at=(3, 4))  succeeded after 5.0 s", lines[4]);
        Assert.StartsWith("finished after", lines[5], StringComparison.Ordinal);
    }

    [Fact]
    public void ShowsWhyATaskFailed()
    {
        using var robot = Host((robot, command) =>
        {
            Report(robot, command, TaskState.Accepted);
            robot.PublishTaskStatus(new TaskReport(command.Id, TaskState.Failed, command.Instruction, [], 0, "PLANNER", "three calls in a row failed"));
        });
        Assert.Equal(RequestOutcome.NotDone, TaskClient.Run(Mqtt, "x", _output, Patience));
        Assert.Contains("three calls in a row failed", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ShowsWhyATaskWasRejected()
    {
        using var robot = Host((robot, command) =>
            robot.PublishTaskStatus(new TaskReport(command.Id, TaskState.Rejected, command.Instruction, [], 0, "NOT_AVAILABLE", "a stop is latched")));
        Assert.Equal(RequestOutcome.NotDone, TaskClient.Run(Mqtt, "x", _output, Patience));
        Assert.Contains("rejected: NOT_AVAILABLE: a stop is latched", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutABrokerItSaysHowToCheckIt()
    {
        _broker.Kill();
        Assert.Equal(RequestOutcome.NoAnswer, TaskClient.Run(Mqtt, "x", _output, TimeSpan.FromSeconds(1)));
        Assert.Contains($"127.0.0.1:{_broker.Port}", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("systemctl status mosquitto", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutARobotItSaysSo()
    {
        Assert.Equal(RequestOutcome.NoAnswer, TaskClient.Run(Mqtt, "x", _output, TimeSpan.FromSeconds(5)));
        Assert.Contains("no answer from lab/arm1", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("mosquitto_sub", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ARobotThatGoesAwayEndsIt()
    {
        RobotHost? host = null;
        host = Host((robot, command) =>
        {
            Report(robot, command, TaskState.Accepted);
            robot.Dispose();
        });
        using (host)
            Assert.Equal(RequestOutcome.NotDone, TaskClient.Run(Mqtt, "x", _output, Patience));
        Assert.Contains("the robot is gone (OFFLINE)", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void CancellingCancelsOnTheRobot()
    {
        using var cancel = new CancellationTokenSource();
        string? task = null;
        using var robot = Host((robot, command) =>
        {
            if (command.Kind == RobotCommandKind.Task)
            {
                task = command.Id;
                Report(robot, command, TaskState.Accepted);
                cancel.Cancel();
            }
            else
            {
                Assert.Equal(RobotCommandKind.Cancel, command.Kind);
                Assert.Equal(task, command.TaskId);
                robot.PublishTaskStatus(new TaskReport(task!, TaskState.Cancelled, "x", []));
            }
        });
        Assert.Equal(RequestOutcome.NotDone, TaskClient.Run(Mqtt, "x", _output, Patience, cancel: cancel.Token));
        Assert.Contains("cancelled after", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ABrokerRestartInTheMiddleLosesNothing()
    {
        using var giveUp = new CancellationTokenSource(Patience);
        using var robot = Host((robot, command) =>
        {
            if (command.Kind != RobotCommandKind.Task)
                return;
            Report(robot, command, TaskState.Running);
            _broker.Kill();
            Broker.Until("the loss is noticed", () => !robot.IsConnected);
            Report(robot, command, TaskState.Finished); // nobody hears it
            _broker.Start();
        });
        Assert.Equal(RequestOutcome.Done, TaskClient.Run(Mqtt, "x", _output, Patience, cancel: giveUp.Token));
    }

    private static void Report(RobotMqtt robot, RobotCommand command, TaskState state, params PlannedCall[] plan) =>
        robot.PublishTaskStatus(new TaskReport(command.Id, state, command.Instruction, plan));

    private RobotHost Host(Action<RobotMqtt, RobotCommand> work) => new(DriveSetTests.Robot(["a"]) with { Mqtt = Mqtt }, work);
}
