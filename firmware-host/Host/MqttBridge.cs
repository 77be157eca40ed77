using Edge.Control;
using Edge.Mqtt;
using Edge.Policy;
using Edge.Realtime;
using Edge.Tasks;

namespace Edge.Host;

/// <summary>Takes commands from MQTT to the stages and tells MQTT how they are. Belongs to the thread that ticks the task executor.</summary>
internal sealed class MqttBridge
{
    private readonly Controller _controller;
    private readonly LoopRunner _runner;
    private readonly RobotMqtt _mqtt;
    private readonly LoopActions _actions;
    private bool _running;
    private ReactionCause _toldCause;

    public MqttBridge(Controller controller, LoopRunner runner, RobotMqtt mqtt)
    {
        (_controller, _runner, _mqtt) = (controller, runner, mqtt);
        _actions = new LoopActions(controller, mqtt.ReportAction);
        controller.Tasks.Changed += Tell;
    }

    public void Tick(long nowNs)
    {
        _controller.Loop.BrokerLost = !_mqtt.IsConnected;
        _controller.Loop.Snapshots.Read(out var robot);
        while (_mqtt.TryDequeue(out var command))
            Obey(command, in robot, nowNs);

        _actions.Tick(in robot);
        _mqtt.PublishTelemetry(in robot);
        var policy = _controller.Policy.Status;
        var report = _controller.Tasks.Report;
        var active = report is { Ended: false } ? report : null;
        _mqtt.PublishState(new RobotStatus
        {
            State = robot.State,
            Cause = robot.Cause,
            Paused = robot.Cause == ReactionCause.PauseCommand,
            TaskId = active?.Order.Id,
            Call = active is { Calls.Count: > 0 } ? active.Calls[^1].Call : null,
            Step = active?.Calls.Count ?? 0,
            Error = robot.State == ControlState.Fault ? robot.Cause.ToString() : null,
            Numbers = new ControllerNumbers
            {
                Progress = policy.Progress,
                CycleUs = _runner.Statistics.TickNs.Quantile(0.5) / 1e3,
                JitterP99Us = _runner.Statistics.LatenessNs.Quantile(0.99) / 1e3,
                Missed = _runner.Statistics.Missed,
                PolicyLatencyMs = policy.MsP50,
            },
        });
        if (robot.Cause != _toldCause && robot.Cause != ReactionCause.None)
            _mqtt.PublishEvent("REACTION", "WARNING", $"{robot.Cause}: {robot.State}");
        _toldCause = robot.Cause;
    }

    /// <summary>Publishes that something is not as it should be.</summary>
    public void Warn(string type, string description) => _mqtt.PublishEvent(type, "WARNING", description);

    private void Obey(RobotCommand command, in RobotSnapshot robot, long nowNs)
    {
        var commands = _controller.Loop.Commands;
        switch (command.Kind)
        {
            case RobotCommandKind.Task:
                _running = false;
                if (!_controller.Tasks.TryStart(new TaskOrder(command.Id, command.Instruction, command.Picture), nowNs, out var reason))
                {
                    _mqtt.PublishTaskStatus(new Mqtt.TaskReport(
                        command.Id, TaskState.Rejected, command.Instruction, [], ErrorType: _controller.Tasks.Busy ? "OTHER_TASK_ACTIVE" : "NOT_AVAILABLE", Reason: reason));
                }

                break;
            case RobotCommandKind.Pause:
                _mqtt.ReportAction(command, Posted(ControlCommand.Pause));
                break;
            case RobotCommandKind.Resume:
                _mqtt.ReportAction(command, Posted(ControlCommand.Resume));
                break;
            case RobotCommandKind.Cancel:
                var meant = _controller.Tasks.Busy && (command.TaskId.Length == 0 || command.TaskId == _controller.Tasks.Report!.Order.Id);
                if (meant)
                    _controller.Tasks.Cancel(nowNs);
                _mqtt.ReportAction(command, meant ? "" : "no such task is running");
                break;
            case RobotCommandKind.Disarm:
                _controller.Tasks.Cancel(nowNs);
                _actions.Begin(command, in robot);
                break;
            default:
                _actions.Begin(command, in robot);
                break;
        }

        string Posted(ControlCommand asked) => commands.Post(asked) ? "" : LoopActions.QueueFull;
    }

    private void Tell(Tasks.TaskReport report)
    {
        var state = report.Phase switch
        {
            TaskPhase.Finished => TaskState.Finished,
            TaskPhase.Failed => TaskState.Failed,
            TaskPhase.Cancelled => TaskState.Cancelled,
            _ when !_running => TaskState.Accepted,
            _ => TaskState.Progress,
        };
        var error = state == TaskState.Failed ? "TASK_FAILED" : "";
        var plan = new PlannedCall[report.Calls.Count];
        for (var i = 0; i < plan.Length; i++)
            plan[i] = new(report.Calls[i].Call, report.Calls[i].Outcome, report.Calls[i].Seconds);
        _running = true;
        _mqtt.PublishTaskStatus(new Mqtt.TaskReport(
            report.Order.Id, state, report.Order.Instruction, plan,
            report.Calls is [.., { Outcome: SubtaskOutcome.Running }] ? _controller.Policy.Status.Progress : 0, error, report.Reason));
    }
}
