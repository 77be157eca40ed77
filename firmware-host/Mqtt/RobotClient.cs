using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>How a command line's request to a robot ended: its exit code.</summary>
public static class RequestOutcome
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Rejected, failed or cancelled.</summary>
    public const int NotDone = 1;

    /// <summary>Nobody answered.</summary>
    public const int NoAnswer = 2;
}

/// <summary>A person's connection to one robot: sends requests, and hands what the robot says over to the thread that asks.</summary>
internal sealed class RobotClient : IMqttHandler, IDisposable
{
    private const int MaxPending = 256;

    private readonly MqttDescription _mqtt;
    private readonly TimeProvider _time;
    private readonly string _requestId;
    private readonly MqttTopic _responseTopic;
    private readonly BlockingCollection<RobotUpdate> _updates = new(MaxPending);
    private readonly MqttClient _client;
    private MqttTopic[] _topics = [];
    private Action _request = static () => { };

    /// <summary>Makes the client; <see cref="Start"/> connects.</summary>
    /// <param name="mqtt">Broker and robot.</param>
    /// <param name="requestId">Names the request, in the client's id and as correlation data.</param>
    /// <param name="time">Wall clock of the requests' time stamps.</param>
    public RobotClient(MqttDescription mqtt, string requestId, TimeProvider time)
    {
        (_mqtt, _requestId, _time) = (mqtt, requestId, time);
        Topics = new RobotTopics(mqtt.Site, mqtt.RobotId);
        ClientId = $"edge-{requestId}";
        _responseTopic = new MqttTopic(Topics.ResponsePrefix + ClientId);
        _client = new MqttClient(mqtt, ClientId, this);
    }

    public RobotTopics Topics { get; }

    public string ClientId { get; }

    /// <summary>The robot's last word on its connection was that it is there.</summary>
    public bool RobotOnline { get; private set; }

    /// <summary>Connects, as often as it must.</summary>
    /// <param name="topics">What else to listen to, besides answers and the robot's connection.</param>
    /// <param name="request">Sends the request: called at each new connection, once everything is subscribed, and when the robot comes online.</param>
    public void Start(MqttTopic[] topics, Action request)
    {
        (_topics, _request) = (topics, request);
        _client.Start();
    }

    /// <summary>Waits a moment for what the robot says.</summary>
    public bool TryTake(out RobotUpdate? update)
    {
        if (!_updates.TryTake(out update, millisecondsTimeout: 50))
            return false;
        if (Topics.Connection.Name == update.Topic)
            RobotOnline = update.Text("connectionState") == "ONLINE";
        return true;
    }

    /// <summary>Publishes a request with its header; nothing is kept for later where there is no connection.</summary>
    public void Send(MqttTopic topic, int expirySeconds, Action<Utf8JsonWriter> fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("headerId"u8, 0);
            json.WriteString("timestamp"u8, _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("version"u8, RobotMessages.SchemaVersion);
            json.WriteString("clientId"u8, ClientId);
            json.WriteString("correlationId"u8, _requestId);
            fields(json);
            json.WriteEndObject();
        }

        _ = _client.TryPublish(topic, stream.ToArray(), expirySeconds: expirySeconds, responseTopic: _responseTopic.Name, correlation: Encoding.UTF8.GetBytes(_requestId));
    }

    /// <summary>Whether an update is the answer to the request.</summary>
    public bool IsResponse(RobotUpdate update) => update.Topic == _responseTopic.Name;

    /// <summary>Says why there is no answer, and what to check.</summary>
    public int ShowNoAnswer(TextWriter output)
    {
        if (!_client.IsConnected)
        {
            output.WriteLine($"no answer: {_client.LastError}");
            output.WriteLine($"check the broker: is it running (systemctl status mosquitto), and does it listen on {_mqtt.Host}:{_mqtt.Port} (ss -ltn)?");
        }
        else
        {
            output.WriteLine($"no answer from {_mqtt.Site}/{_mqtt.RobotId}: the broker at {_mqtt.Host}:{_mqtt.Port} is there, the robot {(RobotOnline ? "is online but silent" : "is not online")}");
            output.WriteLine($"check the robot: mosquitto_sub -h {_mqtt.Host} -p {_mqtt.Port} -v -t '{Topics.Root}connection'");
        }

        return RequestOutcome.NoAnswer;
    }

    public void Dispose()
    {
        _client.Dispose();
        _updates.Dispose();
    }

    void IMqttHandler.OnConnected()
    {
        // The broker takes packets in their order, so the answer cannot come before the subscription.
        _ = _client.Subscribe(_responseTopic);
        _ = _client.Subscribe(Topics.Connection);
        foreach (var topic in _topics)
            _ = _client.Subscribe(topic);
        _request();
    }

    void IMqttHandler.OnDisconnected(string reason)
    {
    }

    void IMqttHandler.OnMessage(in MqttMessage message)
    {
        // A robot that came online just now may have missed the request.
        if (Topics.Connection.Matches(message.Topic) && !message.Retained)
            _request();
        if (RobotUpdate.Parse(Encoding.UTF8.GetString(message.Topic), message.Payload) is { } update)
            _ = _updates.TryAdd(update);
    }
}

/// <summary>A message of the robot. One that cannot be read is none.</summary>
internal sealed record RobotUpdate(string Topic, JsonElement Root)
{
    public static RobotUpdate? Parse(string topic, ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            using var document = JsonDocument.ParseValue(ref reader);
            return new RobotUpdate(topic, document.RootElement.Clone());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>First of the errors: its type and its description; empty for none.</summary>
    public (string Type, string Description) Error
    {
        get
        {
            foreach (var error in Items("errors"))
                return (Text(error, "type"), Text(error, "description"));
            return ("", "");
        }
    }

    public string Text(string name) => Text(Root, name);

    public static string Text(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return ""; // half a surrogate pair
        }
    }

    /// <summary>The items of a list; none where there is no such list.</summary>
    public IEnumerable<JsonElement> Items(string name) =>
        Root.ValueKind == JsonValueKind.Object && Root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];
}
