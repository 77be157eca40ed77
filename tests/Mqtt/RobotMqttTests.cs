using Edge.Control;
using Edge.Mqtt;
using Edge.Policy;
using Edge.Robots;
using Edge.Tests.Drives;
using Xunit;

namespace Edge.Tests.Mqtt;

/// <summary>The robot's side against a real mosquitto and its command-line clients.</summary>
public sealed class RobotMqttTests : IDisposable
{
    private const string Root = "arm/v1/lab/arm1/";
    private readonly Broker _broker = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public void ConnectionHasABirthAWillAndAGoodbye()
    {
        using (var robot = Started())
        {
            // Retained, so whoever comes later sees them.
            var late = _broker.Listen(Root + "#");
            var connection = late.Wait(Root + "connection", "ONLINE", "\"sessionId\":\"" + robot.SessionId);
            Assert.StartsWith("1 ", connection, StringComparison.Ordinal);
            late.Wait(Root + "factsheet", "\"degreesOfFreedom\":2", "pick", "stateRequest");
        }

        _broker.Listen(Root + "connection").Wait("1 ", "OFFLINE");
    }

    [Fact]
    public void ATaskGoesFromTheWireToTheQueueAndItsReportsGoBack()
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "#");
        _broker.Publish(
            Root + "task/request",
            """{"taskId":"t-1","instruction":"pick the red cube"}""",
            "-D", "publish", "response-topic", Root + "response/me", "-D", "publish", "correlation-data", "xyz");
        var command = Next(robot);
        Assert.Equal(new RobotCommand(RobotCommandKind.Task, "t-1", "pick the red cube"), command);
        Assert.False(lines.Saw("response/me", "ACCEPTED")); // the host has not decided yet

        robot.PublishTaskStatus(new TaskReport("t-1", TaskState.Accepted, command.Instruction, []));
        lines.Wait(Root + "response/me", "\"response\":\"ACCEPTED\"", "\"taskId\":\"t-1\"");
        lines.Wait(Root + "task/t-1/status", "\"status\":\"accepted\"");
        robot.PublishTaskStatus(new TaskReport("t-1", TaskState.Progress, command.Instruction, [new("pick(at=(412, 377))", SubtaskOutcome.Running, 1.5)], 0.25));
        lines.Wait(Root + "task/t-1/status", "\"status\":\"progress\"", "\"call\":\"pick(at=(412, 377))\",\"outcome\":\"running\",\"seconds\":1.5");
        robot.PublishTaskStatus(new TaskReport("t-1", TaskState.Finished, command.Instruction, [new("pick(at=(412, 377))", SubtaskOutcome.Succeeded, 6)]));
        lines.Wait(Root + "task/last", "\"status\":\"finished\"");
        _broker.Listen(Root + "task/last").Wait("1 ", "t-1", "finished");
        Assert.Equal(0, robot.Faults);
    }

    [Fact]
    public void CorrelationDataComesBackUnchanged()
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "response/#", "%D %p");
        _broker.Publish(
            Root + "task/request",
            """{"taskId":5,"instruction":"x","correlationId":"json-key"}""",
            "-D", "publish", "response-topic", Root + "response/any/where", "-D", "publish", "correlation-data", "k3y");
        lines.Wait("k3y", "REJECTED", "VALIDATION_FAILURE", "taskId: found number 5", "\"correlationId\":\"json-key\"");
    }

    [Fact]
    public void TheSameTaskTwiceIsOneTask()
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "#");
        const string Request = """{"taskId":"t-1","instruction":"pick the red cube","clientId":"me"}""";
        _broker.Publish(Root + "task/request", Request);
        var command = Next(robot);
        robot.PublishTaskStatus(new TaskReport("t-1", TaskState.Running, command.Instruction, []));
        lines.Wait("task/t-1/status", "\"status\":\"running\"", "\"headerId\":0");

        _broker.Publish(Root + "task/request", Request);
        lines.Wait("task/t-1/status", "\"status\":\"running\"", "\"headerId\":1");
        Assert.False(robot.TryDequeue(out _));

        _broker.Publish(Root + "task/request", """{"taskId":"t-1","instruction":"pick the blue cube","clientId":"me"}""");
        lines.Wait("task/t-1/status", "\"status\":\"rejected\"", "SAME_TASK_ID");
        lines.Wait("response/me", "REJECTED", "SAME_TASK_ID");
        Assert.False(robot.TryDequeue(out _));
    }

    [Fact]
    public void TaskIdsAreRememberedAcrossARestart()
    {
        const string Request = """{"taskId":"t-1","instruction":"pick the red cube"}""";
        using (var robot = Started())
        {
            _broker.Publish(Root + "task/request", Request);
            robot.PublishTaskStatus(new TaskReport(Next(robot).Id, TaskState.Finished, "pick the red cube", []));
        }

        using (var robot = Started())
        {
            var lines = _broker.Listen(Root + "task/#");
            _broker.Publish(Root + "task/request", Request);
            lines.Wait("task/t-1/status", "\"status\":\"finished\"");
            Assert.False(robot.TryDequeue(out _));
        }
    }

    [Fact]
    public void RetainedCommandsAreRefused()
    {
        _broker.Publish(Root + "task/request", """{"taskId":"old","instruction":"pick the red cube"}""", "-r");
        _broker.Publish(Root + "instant", """{"actionType":"stop"}""", "-r");
        var lines = _broker.Listen(Root + "#");
        using var robot = Started();
        lines.Wait("task/old/status", "rejected", "RETAINED");
        lines.Wait("event", "RETAINED", "instant rejected");
        Assert.False(robot.TryDequeue(out _));
    }

    [Theory]
    [InlineData("""{"taskId":"t","instruction":"x","timestamp":"2020-01-01T00:00:00Z"}""", "STALE", "timestamp")]
    [InlineData("""{"taskId":"t","instruction":"x","deadline":"2020-01-01T00:00:00Z"}""", "STALE", "deadline")]
    [InlineData("""{"taskId":"t","instruction":"x","expects":{"sessionId":"gone"}}""", "STALE", "expects.sessionId")]
    [InlineData("""{"taskId":"t","instruction":7}""", "VALIDATION_FAILURE", "instruction")]
    [InlineData("""{"taskId":"t","instruction":"x","responseTopic":"arm/v1/lab/arm1/instant"}""", "VALIDATION_FAILURE", "responseTopic")]
    public void ARejectionNamesTheField(string payload, string code, string field)
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "task/+/status");
        _broker.Publish(Root + "task/request", payload);
        lines.Wait("task/t/status", "\"status\":\"rejected\"", code, $"\"key\":\"field\",\"value\":\"{field}\"");
        Assert.False(robot.TryDequeue(out _));
    }

    [Fact]
    public void WhatIsNoJsonIsReportedAsAnEvent()
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "event");
        _broker.Publish(Root + "task/request", "put the cube down");
        lines.Wait("VALIDATION_FAILURE", "no JSON");
        Assert.Equal(0, robot.Faults);
    }

    [Fact]
    public void TheQueueIsBounded()
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "task/+/status");
        for (var i = 0; i < 9; i++)
            _broker.Publish(Root + "task/request", $$"""{"taskId":"t{{i}}","instruction":"x"}""");
        lines.Wait("task/t8/status", "rejected", "OTHER_TASK_ACTIVE");
        for (var i = 0; i < 8; i++)
            Assert.Equal($"t{i}", Next(robot).Id);
        Assert.False(robot.TryDequeue(out _));
    }

    [Fact]
    public void InstantsComeInOrderAndAStopOvertakes()
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "#");
        _broker.Publish(Root + "instant", """{"actionType":"pause","actionId":"p1"}""");
        _broker.Publish(Root + "instant", """{"actionType":"cancel","actionId":"c1","taskId":"t7"}""");
        Assert.Equal(new RobotCommand(RobotCommandKind.Pause, "p1"), Next(robot));
        Assert.Equal(new RobotCommand(RobotCommandKind.Cancel, "c1", TaskId: "t7"), Next(robot));

        _broker.Publish(Root + "task/request", """{"taskId":"t1","instruction":"x"}""");
        _broker.Publish(Root + "instant", """{"actionType":"resume","actionId":"r1"}""");
        _broker.Publish(Root + "instant", """{"actionType":"stop","actionId":"s1","timestamp":"2020-01-01T00:00:00Z","clientId":"me"}""");
        _broker.Publish(Root + "instant", """{"actionType":"stop","actionId":"s2"}""");
        lines.Wait("response/me", "\"actionId\":\"s1\"", "ACCEPTED");
        Broker.Until("the second stop is there", () =>
        {
            robot.PublishState(new RobotStatus { State = ControlState.Stopped });
            return lines.Saw("/state", "\"stopId\":\"s2\"");
        });
        Assert.Equal(new RobotCommand(RobotCommandKind.Stop, "s1"), Next(robot));
        Assert.Equal("t1", Next(robot).Id); // still answered by the host
        Assert.False(robot.TryDequeue(out _)); // the resume did not outlive the stop

        _broker.Publish(Root + "instant", """{"actionType":"clearError","stopId":"s1","clientId":"me"}""");
        lines.Wait("response/me", "REJECTED", "OTHER_STOP");
        _broker.Publish(Root + "instant", """{"actionType":"clearError","actionId":"k1","stopId":"s2"}""");
        var clear = Next(robot);
        Assert.Equal(new RobotCommand(RobotCommandKind.ClearError, "k1"), clear);
        robot.ReportAction(clear);
        Broker.Until("the state shows the end of the action", () =>
        {
            robot.PublishState(new RobotStatus { State = ControlState.Idle });
            return lines.Saw("/state", "\"actionId\":\"k1\",\"actionType\":\"clearError\",\"actionStatus\":\"FINISHED\"");
        });
    }

    [Fact]
    public void AnActionIsToldWithTheStateThatItLedTo()
    {
        var time = new ManualTime();
        using var robot = Started(time);
        var lines = _broker.Listen(Root + "state");
        robot.PublishState(new RobotStatus { State = ControlState.Armed });
        lines.Wait("\"controlState\":\"armed\"");
        _broker.Publish(Root + "instant", """{"actionType":"stop","actionId":"s1"}""");
        var stop = Next(robot);
        time.Advance(TimeSpan.FromSeconds(1));
        robot.ReportAction(stop);
        robot.PublishState(new RobotStatus { State = ControlState.Stopped });
        Assert.Contains("\"controlState\":\"stopped\"", lines.Wait("\"actionId\":\"s1\"", "FINISHED"), StringComparison.Ordinal);
    }

    [Fact]
    public void StateIsPublishedOnChangeAndOnRequestAndAsAHeartbeatButNotForNumbers()
    {
        var time = new ManualTime();
        using var robot = Started(time);
        var lines = _broker.Listen(Root + "state");
        var status = new RobotStatus { State = ControlState.Running, TaskId = "t1", Call = "pick(at=(1, 2))", Step = 1 };
        robot.PublishState(status);
        lines.Wait("\"controlState\":\"running\"", "\"operatingMode\":\"AUTOMATIC\"", "\"moving\":true", "\"taskId\":\"t1\",\"phase\":\"acting\",\"step\":1", "\"eStop\":\"NONE\"");
        for (var i = 0; i < 20; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(150));
            robot.PublishState(status with { Numbers = new ControllerNumbers { CycleUs = i } });
        }

        time.Advance(TimeSpan.FromSeconds(10));
        robot.PublishState(status with { Numbers = new ControllerNumbers { CycleUs = 77 } });
        lines.Wait("\"cycleUs\":77");
        Assert.False(lines.Saw("\"cycleUs\":1"));

        time.Advance(TimeSpan.FromSeconds(1));
        robot.PublishState(status with { Numbers = new ControllerNumbers { CycleUs = 88 } });
        _broker.Publish(Root + "instant", """{"actionType":"stateRequest"}""");
        lines.Wait("\"cycleUs\":88");

        time.Advance(TimeSpan.FromSeconds(1));
        robot.PublishState(new RobotStatus { State = ControlState.Fault, Cause = ReactionCause.DeviceSilent, Error = "joint2 is silent" });
        lines.Wait("\"cause\":\"deviceSilent\"", "\"protectiveStop\":true", "\"watchdogOk\":false", "joint2 is silent", "FATAL");
    }

    [Fact]
    public void PublishingAStateAllocatesNothing()
    {
        var time = new ManualTime();
        using var robot = Started(time);
        var lines = _broker.Listen(Root + "state");
        var idle = new RobotStatus { State = ControlState.Idle };
        var armed = new RobotStatus { State = ControlState.Armed };
        Publish(3);
        Assert.Equal(0, Allocations.Of(() => Publish(3)));
        Broker.Until("each change was published", () => lines.Lines.Count(line => line.Contains("armed", StringComparison.Ordinal)) >= 6);

        void Publish(int times)
        {
            for (var i = 0; i < times; i++)
            {
                robot.PublishState(in idle);
                time.Advance(TimeSpan.FromMilliseconds(150));
                robot.PublishState(in armed);
                time.Advance(TimeSpan.FromMilliseconds(150));
            }
        }
    }

    [Fact]
    public void ArmingByWireIsUpToTheRobotFile()
    {
        using var robot = Started();
        var lines = _broker.Listen(Root + "#");
        lines.Wait("factsheet", "\"actionTypes\":[\"stateRequest\",\"disarm\"");
        _broker.Publish(Root + "instant", Instant("arm", "a1"));
        lines.Wait("response/me", "REJECTED", "\"actionId\":\"a1\"", "NOT_ALLOWED", "mqtt.mayArm");
        _broker.Publish(Root + "instant", Instant("disarm", "d1"));
        lines.Wait("response/me", "ACCEPTED", "\"actionId\":\"d1\"");
        Assert.Equal(new RobotCommand(RobotCommandKind.Disarm, "d1"), Next(robot));
        Assert.False(robot.TryDequeue(out _));
    }

    [Fact]
    public void AnArmIsTakenOnlyWhenItWasSentJustNow()
    {
        _broker.Publish(Root + "instant", Instant("arm", "kept"), "-r");
        var lines = _broker.Listen(Root + "#");
        using var robot = Started(mayArm: true);
        lines.Wait("response/me", "REJECTED", "\"actionId\":\"kept\"", "RETAINED");
        _broker.Publish(Root + "instant", Instant("arm", "old", DateTime.UtcNow.AddSeconds(-60)));
        lines.Wait("response/me", "REJECTED", "\"actionId\":\"old\"", "STALE", "timestamp");
        _broker.Publish(Root + "instant", """{"actionType":"arm","actionId":"whenever","clientId":"me"}""");
        lines.Wait("response/me", "REJECTED", "\"actionId\":\"whenever\"", "VALIDATION_FAILURE", "timestamp: is missing");
        Assert.False(robot.TryDequeue(out _));

        _broker.Publish(Root + "instant", Instant("arm", "now"));
        var arm = Next(robot);
        Assert.Equal(new RobotCommand(RobotCommandKind.Arm, "now"), arm);
        robot.ReportAction(arm, "joint2 is silent");
        Broker.Until("the state shows how it ended", () =>
        {
            robot.PublishState(new RobotStatus { State = ControlState.Off });
            return lines.Saw("/state", "\"actionId\":\"now\",\"actionType\":\"arm\",\"actionStatus\":\"FAILED\",\"actionResult\":\"joint2 is silent\"");
        });
    }

    [Fact]
    public void JointsArePublishedAtTheirRateAndAllocateNothing()
    {
        var time = new ManualTime();
        using var robot = Started(time);
        var lines = _broker.Listen(Root + "#");
        var snapshot = new RobotSnapshot { TimeNs = 1_500_000_000 };
        (snapshot.PositionRad[1], snapshot.VelocityRadS[0], snapshot.TorqueNm[1]) = (0.123456789, -2, double.NaN);
        Assert.Equal(0, Allocations.Of(() =>
        {
            // A second at 50 Hz: ten of them are due.
            for (var i = 0; i < 50; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(20));
                robot.PublishTelemetry(in snapshot);
            }
        }));
        robot.PublishEvent("END", "WARNING", "of the test");
        lines.Wait("END");
        var joints = lines.Lines.Where(line => line.Contains("tau", StringComparison.Ordinal)).ToArray();
        Assert.InRange(joints.Length, 10, 50);
        Assert.Equal(0, joints.Length % 10); // one run or several
        Assert.All(joints, line => Assert.Contains("\"t\":1.5,\"q\":[0,0.12346],\"dq\":[-2,0],\"tau\":[0,0]}", line, StringComparison.Ordinal));
        Assert.All(joints, line => Assert.StartsWith("0 ", line, StringComparison.Ordinal)); // not retained
    }

    [Fact]
    public void AfterABrokerRestartEverythingIsThereAgain()
    {
        using var robot = Started();
        robot.PublishState(new RobotStatus { State = ControlState.Idle });
        robot.PublishTaskStatus(new TaskReport("t0", TaskState.Finished, "x", []));
        _broker.Kill();
        Broker.Until("the loss is noticed", () => !robot.IsConnected);
        Assert.NotEqual("", robot.LastError);
        robot.PublishState(new RobotStatus { State = ControlState.Armed }); // kept for later, no error
        _broker.Start();
        Broker.Until("it is connected again", () => robot.IsConnected);
        var lines = _broker.Listen(Root + "#");
        lines.Wait("connection", "ONLINE");
        lines.Wait("factsheet");
        lines.Wait("/state", "armed");
        lines.Wait("task/last", "t0");
        _broker.Publish(Root + "task/request", """{"taskId":"t1","instruction":"x"}""");
        Assert.Equal("t1", Next(robot).Id);
    }

    [Fact]
    public void StartsWithoutABrokerAndConnectsWhenThereIsOne()
    {
        _broker.Kill();
        using var robot = new RobotMqtt(Description(), null);
        robot.Start();
        Broker.Until("the error tells of the broker", () => robot.LastError.Contains($"127.0.0.1:{_broker.Port}", StringComparison.Ordinal));
        _broker.Start();
        Broker.Until("it is connected", () => robot.IsConnected);
    }

    [Fact]
    public void NamesThatCannotBeTopicLevelsAreRefused()
    {
        var robot = Description();
        Assert.Contains("mqtt.site", Assert.Throws<ArgumentException>(() => new RobotMqtt(robot with { Mqtt = robot.Mqtt with { Site = "a/b" } }, null)).Message, StringComparison.OrdinalIgnoreCase);
    }

    private static RobotCommand Next(RobotMqtt robot)
    {
        RobotCommand? command = null;
        Broker.Until("a command is there", () => robot.TryDequeue(out command));
        return command!;
    }

    private static string Instant(string type, string id, DateTime? sent = null) =>
        $$"""{"actionType":"{{type}}","actionId":"{{id}}","clientId":"me","timestamp":"{{sent ?? DateTime.UtcNow:O}}"}""";

    private RobotMqtt Started(TimeProvider? time = null, bool mayArm = false)
    {
        var description = Description();
        var robot = new RobotMqtt(description with { Mqtt = description.Mqtt with { MayArm = mayArm } }, Path.Combine(_broker.Folder, "tasks.jsonl"), time);
        robot.Start();
        Broker.Until("the robot is connected", () => robot.IsConnected);
        return robot;
    }

    private RobotDescription Description() =>
        DriveSetTests.Robot(["a", "b"]) with { Mqtt = new MqttDescription("127.0.0.1", _broker.Port, "lab", "arm1", "finish") };

    /// <summary>Time that passes when the test says so.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 11, 22, 14, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan span) => _now += span;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.Ticks;
    }
}
