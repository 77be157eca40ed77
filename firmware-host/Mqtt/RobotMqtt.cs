using System.Diagnostics.CodeAnalysis;
using System.Text;
using Edge.Control;
using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>
/// The robot's side of MQTT: checks what comes in and queues it for the host, publishes what the host reports. The client's thread never touches the control,
/// and the control never waits for the broker. Thread-safe.
/// </summary>
public sealed class RobotMqtt : IMqttHandler, IDisposable
{
    /// <summary>Tasks that wait for the host; one more is rejected.</summary>
    private const int MaxQueuedTasks = 8;

    /// <summary>All commands that wait. Above the tasks' share, so that a stop always finds room.</summary>
    private const int MaxQueued = 64;

    private const int StateExpirySeconds = 60;
    private const int ResponseExpirySeconds = 60;
    private const int ActionStatesKept = 8;
    private const int TelemetryExpirySeconds = 1;
    private const int DefaultTelemetryHz = 10;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(1);

    private readonly RobotDescription _robot;
    private readonly RobotTopics _topics;
    private readonly RobotMessages _messages;
    private readonly TaskLedger _ledger;
    private readonly TimeProvider _time;
    private readonly MqttClient _client;
    private readonly Lock _gate = new(); // the messages' buffer, the ledger and everything below; never held by the control loop
    private readonly Queue<RobotCommand> _queue = new(MaxQueued);
    private readonly Dictionary<string, Reply> _replies = [];
    private readonly ActionState[] _actions = new ActionState[ActionStatesKept];
    private RobotStatus _status;
    private RobotStatus _publishedStatus;
    private TaskReport? _lastReport;
    private TaskReport? _lastTerminal;
    private long _publishedAt;
    private long _telemetryPublishedAt;
    private string _stopId = "";
    private bool _statusKnown;
    private bool _statePublished;
    private bool _stateRequested;
    private int _queuedTasks;
    private bool _disposed;

    /// <summary>Makes the service; <see cref="Start"/> connects.</summary>
    /// <param name="robot">The robot file: broker, names, factsheet.</param>
    /// <param name="ledgerPath">File that remembers task ids across restarts; null for none.</param>
    /// <param name="time">Wall clock, for time stamps and the age of requests.</param>
    public RobotMqtt(RobotDescription robot, string? ledgerPath, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(robot);
        _robot = robot;
        _time = time ?? TimeProvider.System;
        var mqtt = robot.Mqtt;
        _topics = new RobotTopics(mqtt.Site, mqtt.RobotId);
        _messages = new RobotMessages(mqtt.Site, mqtt.RobotId, SessionId, _time);
        _ledger = new TaskLedger(ledgerPath);
        _client = new MqttClient(
            mqtt, $"edge-{mqtt.Site}-{mqtt.RobotId}", this, _topics.Connection, _messages.Connection("CONNECTION_BROKEN"));
    }

    /// <summary>Names this run of the process; a request may say that it is meant for this run only.</summary>
    public string SessionId { get; } = Guid.NewGuid().ToString();

    /// <summary>The broker is there.</summary>
    public bool IsConnected => _client.IsConnected;

    /// <summary>Why the broker is not there; empty while it is.</summary>
    public string LastError => _client.LastError;

    /// <summary>Calls that threw on the client's thread: always 0, or a defect.</summary>
    public long Faults => _client.HandlerFaults;

    /// <summary>Connects, now or as soon as there is a broker.</summary>
    public void Start() => _client.Start();

    /// <summary>Takes the oldest command; stops go before everything else.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out RobotCommand command)
    {
        lock (_gate)
        {
            if (!_queue.TryDequeue(out command))
                return false;
            if (command.Kind == RobotCommandKind.Task)
                _queuedTasks--;
            return true;
        }
    }

    /// <summary>Publishes the robot's state where it has changed (at most ten times a second), else every ten seconds. Call often; allocates nothing.</summary>
    public void PublishState(in RobotStatus status)
    {
        lock (_gate)
        {
            _status = status;
            _statusKnown = true;
            TryPublishState();
        }
    }

    /// <summary>
    /// Publishes where the joints are, as often as the robot file says; at most once, so that a slow broker holds nothing up. Call often; allocates nothing.
    /// </summary>
    public void PublishTelemetry(in RobotSnapshot robot)
    {
        var rateHz = _robot.Mqtt.TelemetryHz ?? DefaultTelemetryHz;
        if (rateHz == 0 || !_client.IsConnected)
            return;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var period = _time.TimestampFrequency / rateHz;
            if (now - _telemetryPublishedAt < period)
                return;

            // From when it was due, so that the rate holds however often this is called; from now after a pause.
            _telemetryPublishedAt += period;
            if (now - _telemetryPublishedAt >= period)
                _telemetryPublishedAt = now;
            _ = _client.TryPublish(_topics.JointTelemetry, _messages.Joints(in robot, _robot.Joints.Length), atMostOnce: true, expirySeconds: TelemetryExpirySeconds);
        }
    }

    /// <summary>Publishes how far a task is, answers its sender where this decides it, and remembers it.</summary>
    public void PublishTaskStatus(TaskReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        lock (_gate)
        {
            var entry = _ledger.Find(report.TaskId) ?? _ledger.Add(report.TaskId, "");
            _ledger.Note(entry, report);
            if (_replies.Remove(report.TaskId, out var reply))
                Respond(reply, report.TaskId, task: true, Refusal(report));
            PublishReport(report);
            _lastReport = report;
            if (report.State.IsTerminal() && report.State != TaskState.Rejected)
            {
                _lastTerminal = report;
                PublishLast();
            }

            if (_ledger.FileError.Length > 0)
                PublishEventLocked("LEDGER", "WARNING", _ledger.FileError, "");
        }
    }

    /// <summary>Tells how a command other than a task ended; shown in the actionStates of the next state that is published, which is the one that it led to.</summary>
    /// <param name="command">As it was taken from the queue.</param>
    /// <param name="failure">Why it could not be done; empty when it was.</param>
    public void ReportAction(RobotCommand command, string failure = "")
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(failure);
        lock (_gate)
            EndAction(command.Id, failure);
    }

    /// <summary>Publishes something that happened.</summary>
    /// <param name="type">For programs.</param>
    /// <param name="level">WARNING, URGENT, CRITICAL or FATAL.</param>
    /// <param name="description">For people.</param>
    public void PublishEvent(string type, string level, string description)
    {
        lock (_gate)
            PublishEventLocked(type, level, description, "");
    }

    /// <summary>Says OFFLINE and closes the connection.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _ = _client.TryPublish(_topics.Connection, _messages.Connection("OFFLINE"), retain: true);
        }

        _ = _client.WaitForAcknowledgements(GoodbyeTimeout);
        _client.Dispose();
    }

    void IMqttHandler.OnConnected()
    {
        lock (_gate)
        {
            _ = _client.Subscribe(_topics.TaskRequest);
            _ = _client.Subscribe(_topics.Instant);
            _ = _client.TryPublish(_topics.Connection, _messages.Connection("ONLINE"), retain: true);
            _ = _client.TryPublish(_topics.Factsheet, _messages.Factsheet(_robot), retain: true);

            // A broker without a memory of its own knows nothing any more.
            _stateRequested = true;
            TryPublishState();
            if (_lastReport is not null)
                PublishReport(_lastReport);
            PublishLast();
        }
    }

    void IMqttHandler.OnDisconnected(string reason)
    {
    }

    void IMqttHandler.OnMessage(in MqttMessage message)
    {
        lock (_gate)
        {
            if (_topics.TaskRequest.Matches(message.Topic))
                TakeTask(in message);
            else if (_topics.Instant.Matches(message.Topic))
                TakeInstant(in message);
        }
    }

    private static RequestError? Refusal(TaskReport report) =>
        report.State == TaskState.Rejected ? new RequestError(report.ErrorType, "", report.Reason) : null;

    private void TakeTask(in MqttMessage message)
    {
        var request = TaskRequest.Parse(message.Payload, out var error);
        var reply = FindReply(in message, request.Header, ref error);
        if (message.Retained)
            error = new RequestError(RequestError.Retained, "", "a retained request is never executed; publish it without the retain flag");
        if (error is null && _ledger.Find(request.TaskId!) is { } known)
        {
            if (known.Fingerprint == request.Fingerprint)
                Repeat(known, request, reply);
            else
                RejectTask(request, reply, new RequestError("SAME_TASK_ID", "taskId", $"taskId: {request.TaskId} was used for another task; take a new one"));
            return;
        }

        error ??= request.CheckFresh(_time.GetUtcNow().UtcDateTime, SessionId);
        if (error is null && _queuedTasks >= MaxQueuedTasks)
            error = new RequestError("OTHER_TASK_ACTIVE", "", $"{MaxQueuedTasks} requests are waiting already");
        var picture = request.DecodePicture(_robot, ref error);
        if (error is not null)
        {
            RejectTask(request, reply, error);
            return;
        }

        _ledger.Add(request.TaskId!, request.Fingerprint);
        if (reply.IsWanted)
            _replies[request.TaskId!] = reply;
        _queue.Enqueue(new RobotCommand(RobotCommandKind.Task, request.TaskId!, request.Instruction!, Picture: picture));
        _queuedTasks++;
    }

    /// <summary>The same task again: tell how far it is, do nothing.</summary>
    private void Repeat(TaskLedger.Entry entry, TaskRequest request, Reply reply)
    {
        if (entry.State == TaskState.Received)
        {
            if (reply.IsWanted)
                _replies[entry.TaskId] = reply; // the host has not decided yet
            return;
        }

        var report = entry.Report ?? new TaskReport(entry.TaskId, entry.State, request.Instruction!, [], 0, entry.ErrorType, entry.Reason);
        Respond(reply, entry.TaskId, task: true, Refusal(report));
        PublishReport(report);
    }

    private void RejectTask(TaskRequest request, Reply reply, RequestError error)
    {
        Respond(reply, request.TaskId ?? "", task: true, error);
        if (request.TaskId is not null)
        {
            var report = new TaskReport(request.TaskId, TaskState.Rejected, request.Instruction ?? "", [], 0, error.Code, error.Description);
            _ = _client.TryPublish(_topics.TaskStatus(request.TaskId), _messages.Task(report, "task", error.Field));
        }

        PublishEventLocked(error.Code, "WARNING", $"task rejected: {error.Description}", error.Field);
    }

    private void TakeInstant(in MqttMessage message)
    {
        var request = InstantRequest.Parse(message.Payload, out var error);
        var reply = FindReply(in message, request.Header, ref error);
        var kind = request.Kind;
        var id = request.ActionId ?? (kind is null && !reply.IsWanted ? "" : Guid.NewGuid().ToString());

        // Whatever else is wrong with it, a stop that came just now is a stop.
        var stopNow = kind == RobotCommandKind.Stop && !message.Retained;
        if (message.Retained)
            error = new RequestError(RequestError.Retained, "", "a retained command is never executed; publish it without the retain flag");
        error ??= request.CheckFresh(_time.GetUtcNow().UtcDateTime);
        if (error is null && kind == RobotCommandKind.Arm && _robot.Mqtt.MayArm != true)
            error = new RequestError(RequestError.NotAllowed, "actionType", "actionType: found \"arm\", which the robot file does not allow by wire (mqtt.mayArm); arm it where it stands: edge run --arm");
        if (error is null && kind == RobotCommandKind.ClearError && request.StopId is not null && request.StopId != _stopId)
            error = new RequestError("OTHER_STOP", "stopId", $"stopId: found \"{request.StopId}\", the latched stop is \"{_stopId}\"");
        if (error is null && _queue.Count >= MaxQueued && !stopNow)
            error = new RequestError("BUSY", "", $"{MaxQueued} commands are waiting already");
        if (error is not null && !stopNow)
        {
            Respond(reply, id, task: false, error);
            PublishEventLocked(error.Code, "WARNING", $"instant rejected: {error.Description}", error.Field);
            return;
        }

        Respond(reply, id, task: false, null);
        if (kind is not { } known)
        {
            _stateRequested = true; // stateRequest: answered here
            TryPublishState();
            return;
        }

        Array.Copy(_actions, 0, _actions, 1, _actions.Length - 1);
        _actions[0] = new ActionState(id, request.ActionType, "RUNNING", "");
        _stateRequested = true;
        if (stopNow)
            QueueStop(id);
        else
            _queue.Enqueue(new RobotCommand(known, id, TaskId: request.TaskId ?? ""));
    }

    /// <summary>A stop overtakes what waits, and what waits does not outlive it.</summary>
    private void QueueStop(string id)
    {
        _stopId = id;
        foreach (var command in _queue)
        {
            if (command.Kind == RobotCommandKind.Stop)
                return; // one stop is enough
        }

        var waiting = _queue.ToArray();
        _queue.Clear();
        _queue.Enqueue(new RobotCommand(RobotCommandKind.Stop, id));
        foreach (var command in waiting)
        {
            // Tasks stay, so that the host rejects them and their senders learn it; an arm, resume or clearError from before the stop must not undo it.
            if (command.Kind == RobotCommandKind.Task)
                _queue.Enqueue(command);
            else
                EndAction(command.Id, "overtaken by a stop");
        }
    }

    private void EndAction(string id, string failure)
    {
        for (var i = 0; i < _actions.Length; i++)
        {
            if (_actions[i].Id == id)
                _actions[i] = _actions[i] with { Status = failure.Length == 0 ? "FINISHED" : "FAILED", Result = failure };
        }

        _stateRequested = true;
    }

    private Reply FindReply(in MqttMessage message, in RequestHeader header, ref RequestError? error)
    {
        var topic = message.ResponseTopic is { Length: > 0 } property ? property : header.ResponseTopic;
        if (topic is not null && !_topics.IsResponseTopic(topic))
        {
            error ??= new RequestError(RequestError.ValidationFailure, "responseTopic", $"responseTopic: found \"{Shortened(topic)}\", allowed: a topic below {_topics.ResponsePrefix}");
            topic = null;
        }

        topic ??= header.ClientId is null ? null : _topics.ResponsePrefix + header.ClientId;
        return new Reply(topic, message.CorrelationData ?? [], header.CorrelationId);
    }

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "...";

    private void Respond(Reply reply, string id, bool task, RequestError? error)
    {
        if (reply.Topic is null)
            return;
        var payload = _messages.Response(id, task, error is null, error?.Code ?? "", error?.Description ?? "", error?.Field ?? "", reply.CorrelationId);
        _ = _client.TryPublish(new MqttTopic(reply.Topic), payload, expirySeconds: ResponseExpirySeconds, correlation: reply.CorrelationData);
    }

    private void PublishReport(TaskReport report) =>
        _ = _client.TryPublish(_topics.TaskStatus(report.TaskId), _messages.Task(report, "task"));

    private void PublishLast()
    {
        if (_lastTerminal is not null)
            _ = _client.TryPublish(_topics.TaskLast, _messages.Task(_lastTerminal, "task/last"), retain: true);
    }

    private void PublishEventLocked(string type, string level, string description, string field) =>
        _ = _client.TryPublish(_topics.Event, _messages.Event(type, level, description, field));

    private void TryPublishState()
    {
        if (!_statusKnown || !_client.IsConnected)
            return;
        var now = _time.GetTimestamp();
        var since = _statePublished ? _time.GetElapsedTime(_publishedAt, now) : TimeSpan.MaxValue;
        var changed = _stateRequested || _status with { Numbers = default } != _publishedStatus;
        if (since < ShortestInterval || (!changed && since < Heartbeat))
            return;
        if (!_client.TryPublish(_topics.State, _messages.State(in _status, _stopId, _actions), retain: true, expirySeconds: StateExpirySeconds))
            return;
        _publishedStatus = _status with { Numbers = default };
        _publishedAt = now;
        _statePublished = true;
        _stateRequested = false;
    }

    /// <summary>An instant action and how far it is.</summary>
    internal readonly record struct ActionState(string? Id, string Type, string Status, string Result);

    /// <summary>Where and how an answer is wanted.</summary>
    private readonly record struct Reply(string? Topic, byte[] CorrelationData, string? CorrelationId)
    {
        public bool IsWanted => Topic is not null;
    }
}
