using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>Sends one task to a robot and shows how far it is: what <c>edge task "put the red cube on the blue area"</c> runs.</summary>
public sealed class TaskClient : IMqttHandler
{
    /// <summary>The task was finished.</summary>
    public const int Finished = 0;

    /// <summary>The task was rejected, failed or cancelled.</summary>
    public const int NotDone = 1;

    /// <summary>Nobody answered.</summary>
    public const int NoAnswer = 2;

    private const int RequestExpirySeconds = 30;
    private const int InstantExpirySeconds = 5;
    private const int MaxPending = 256;

    /// <summary>A robot that lost the broker finishes its motion and comes back; one that does not within this time is given up.</summary>
    private static readonly TimeSpan GoneTimeout = TimeSpan.FromSeconds(30);

    private readonly MqttDescription _mqtt;
    private readonly string _instruction;
    private readonly TextWriter _output;
    private readonly TimeProvider _time;
    private readonly RobotTopics _topics;
    private readonly string _taskId = Guid.NewGuid().ToString();
    private readonly string _clientId;
    private readonly MqttTopic _responseTopic;
    private readonly MqttTopic _statusTopic;
    private readonly BlockingCollection<Update> _updates = new(MaxPending);
    private MqttClient? _client;
    private int _shownCalls; // calls whose outcome is shown
    private int _announcedCall; // number of the call that was shown as running
    private bool _accepted;
    private bool _robotOnline;
    private long? _goneAt;

    private TaskClient(MqttDescription mqtt, string instruction, TextWriter output, TimeProvider time)
    {
        _mqtt = mqtt;
        _instruction = instruction;
        _output = output;
        _time = time;
        _topics = new RobotTopics(mqtt.Site, mqtt.RobotId);
        _clientId = $"edge-task-{_taskId}";
        _responseTopic = new MqttTopic(_topics.ResponsePrefix + _clientId);
        _statusTopic = _topics.TaskStatus(_taskId);
    }

    private enum UpdateKind
    {
        Response,
        Status,
        Connection,
    }

    /// <summary>Sends the task and stays until it is over. Returns <see cref="Finished"/>, <see cref="NotDone"/> or <see cref="NoAnswer"/>.</summary>
    /// <param name="mqtt">Broker and robot.</param>
    /// <param name="instruction">The task's sentence.</param>
    /// <param name="output">Gets a line for each thing that happens.</param>
    /// <param name="answerTimeout">Longest time until the robot says yes or no; 5 s where null.</param>
    /// <param name="cancel">Cancels the task on the robot too.</param>
    public static int Run(MqttDescription mqtt, string instruction, TextWriter output, TimeSpan? answerTimeout = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(mqtt);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentException.ThrowIfNullOrWhiteSpace(instruction);
        return new TaskClient(mqtt, instruction, output, TimeProvider.System).Run(answerTimeout ?? TimeSpan.FromSeconds(5), cancel);
    }

    void IMqttHandler.OnConnected()
    {
        // The broker takes packets in their order, so the answer cannot come before the subscription.
        var client = _client!;
        _ = client.Subscribe(_responseTopic);
        _ = client.Subscribe(_statusTopic);
        _ = client.Subscribe(_topics.Connection);
        SendRequest();
    }

    void IMqttHandler.OnDisconnected(string reason)
    {
    }

    void IMqttHandler.OnMessage(in MqttMessage message)
    {
        UpdateKind? kind = _responseTopic.Matches(message.Topic) ? UpdateKind.Response
            : _statusTopic.Matches(message.Topic) ? UpdateKind.Status
            : _topics.Connection.Matches(message.Topic) ? UpdateKind.Connection
            : null;

        // A robot that came online just now may have missed the request.
        if (kind == UpdateKind.Connection && !message.Retained)
            SendRequest();
        if (kind is { } known && Update.Parse(known, message.Payload) is { } update)
            _ = _updates.TryAdd(update);
    }

    private int Run(TimeSpan answerTimeout, CancellationToken cancel)
    {
        using var client = new MqttClient(_mqtt.Host, _mqtt.Port, _clientId, this);
        _client = client;
        client.Start();
        var start = _time.GetTimestamp();
        var cancelled = false;
        while (true)
        {
            if (_updates.TryTake(out var update, millisecondsTimeout: 50))
            {
                if (Show(update, start) is { } result)
                    return result;
            }
            else if (!_accepted && _time.GetElapsedTime(start) > answerTimeout)
            {
                return ShowNoAnswer();
            }

            if (_goneAt is { } gone && _time.GetElapsedTime(gone) > GoneTimeout)
            {
                _output.WriteLine("the robot does not come back");
                return NotDone;
            }

            if (!cancel.IsCancellationRequested)
                continue;
            if (cancelled && _time.GetElapsedTime(start) > answerTimeout)
            {
                _output.WriteLine("the robot does not confirm the cancel");
                return NoAnswer;
            }

            if (!cancelled)
            {
                cancelled = true;
                start = _time.GetTimestamp();
                _output.WriteLine("cancelling");
                _ = client.TryPublish(_topics.Instant, Cancel(), expirySeconds: InstantExpirySeconds);
            }
        }
    }

    private int? Show(Update update, long start)
    {
        switch (update.Kind)
        {
            case UpdateKind.Connection:
                return ShowConnection(update);
            case UpdateKind.Response when update.State == "REJECTED" && !_accepted:
                return ShowRejected(update);
            case UpdateKind.Response:
                ShowAccepted();
                return null;
            default:
                return ShowStatus(update, start);
        }
    }

    private int? ShowConnection(Update update)
    {
        _robotOnline = update.State == "ONLINE";
        if (_robotOnline && _goneAt is not null)
            _output.WriteLine("the robot is back");
        if (_robotOnline)
            _goneAt = null;
        if (_robotOnline || !_accepted)
            return null; // before it has answered, the time-out tells
        _output.WriteLine($"the robot is gone ({update.State})");
        if (update.State == "OFFLINE")
            return NotDone;
        _goneAt ??= _time.GetTimestamp();
        return null;
    }

    private int? ShowStatus(Update update, long start)
    {
        if (update.State == "rejected")
            return _accepted ? null : ShowRejected(update);
        ShowAccepted();
        for (var i = 0; i < update.Plan.Count; i++)
        {
            var call = update.Plan[i];
            if (i < _shownCalls)
                continue;
            if (call.Outcome == "running")
            {
                if (_announcedCall <= i)
                    _output.WriteLine($"{i + 1,3}  {call.Call}");
                _announcedCall = i + 1;
                continue;
            }

            _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1,3}  {call.Call}  {call.Outcome} after {call.Seconds:F1} s"));
            _shownCalls = i + 1;
        }

        var seconds = _time.GetElapsedTime(start).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        switch (update.State)
        {
            case "finished":
                _output.WriteLine($"finished after {seconds} s");
                return Finished;
            case "failed":
                _output.WriteLine($"failed after {seconds} s: {update.Reason}");
                return NotDone;
            case "cancelled":
                _output.WriteLine(update.Reason.Length == 0 ? $"cancelled after {seconds} s" : $"cancelled after {seconds} s: {update.Reason}");
                return NotDone;
            default:
                return null;
        }
    }

    private void ShowAccepted()
    {
        if (!_accepted)
            _output.WriteLine($"accepted: {_instruction}");
        _accepted = true;
    }

    private int ShowRejected(Update update)
    {
        _output.WriteLine($"rejected: {update.ErrorType}{(update.Reason.Length == 0 ? "" : ": ")}{update.Reason}");
        return NotDone;
    }

    private int ShowNoAnswer()
    {
        var client = _client!;
        if (!client.IsConnected)
        {
            _output.WriteLine($"no answer: {client.LastError}");
            _output.WriteLine($"check the broker: is it running (systemctl status mosquitto), and does it listen on {_mqtt.Host}:{_mqtt.Port} (ss -ltn)?");
        }
        else
        {
            _output.WriteLine($"no answer from {_mqtt.Site}/{_mqtt.RobotId}: the broker at {_mqtt.Host}:{_mqtt.Port} is there, the robot {(_robotOnline ? "is online but silent" : "is not online")}");
            _output.WriteLine($"check the robot: mosquitto_sub -h {_mqtt.Host} -p {_mqtt.Port} -v -t '{_topics.Root}connection'");
        }

        return NoAnswer;
    }

    /// <summary>Sends the request, again after a lost connection: the robot knows the id and only repeats how far it is.</summary>
    private void SendRequest() => _ = _client!.TryPublish(
        _topics.TaskRequest, Request(), expirySeconds: RequestExpirySeconds, responseTopic: _responseTopic.Name, correlation: Encoding.UTF8.GetBytes(_taskId));

    private byte[] Request() => Write(json =>
    {
        json.WriteString("taskId"u8, _taskId);
        json.WriteString("clientId"u8, _clientId);
        json.WriteString("instruction"u8, _instruction);
        json.WriteString("language"u8, "en"u8);
        json.WriteString("mode"u8, "execute"u8);
        json.WriteString("correlationId"u8, _taskId);
    });

    private byte[] Cancel() => Write(json =>
    {
        json.WriteString("actionId"u8, Guid.NewGuid().ToString());
        json.WriteString("actionType"u8, "cancel"u8);
        json.WriteString("taskId"u8, _taskId);
    });

    private byte[] Write(Action<Utf8JsonWriter> fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("headerId"u8, 0);
            json.WriteString("timestamp"u8, _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("version"u8, RobotMessages.SchemaVersion);
            fields(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private readonly record struct ShownCall(string Call, string Outcome, double Seconds);

    /// <summary>What a message of the robot says to a person. A message that cannot be read says nothing.</summary>
    private sealed record Update(UpdateKind Kind, string State, string ErrorType, string Reason, IReadOnlyList<ShownCall> Plan)
    {
        public static Update? Parse(UpdateKind kind, ReadOnlySpan<byte> payload)
        {
            try
            {
                var reader = new Utf8JsonReader(payload);
                using var document = JsonDocument.ParseValue(ref reader);
                var root = document.RootElement;
                var state = Text(root, kind switch { UpdateKind.Response => "response", UpdateKind.Status => "status", _ => "connectionState" });
                var errorType = "";
                var reason = "";
                if (root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0)
                    (errorType, reason) = (Text(errors[0], "type"), Text(errors[0], "description"));
                var plan = new List<ShownCall>();
                if (root.TryGetProperty("plan", out var calls) && calls.ValueKind == JsonValueKind.Array)
                {
                    foreach (var call in calls.EnumerateArray())
                        plan.Add(new ShownCall(Text(call, "call"), Text(call, "outcome"), call.TryGetProperty("seconds", out var s) && s.TryGetDouble(out var v) ? v : 0));
                }

                return new Update(kind, state, errorType, reason, plan);
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                return null;
            }
        }

        private static string Text(JsonElement element, string name) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
    }
}
