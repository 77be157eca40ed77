namespace Edge.Mqtt;

/// <summary>The topics of one robot: <c>arm/v1/&lt;site&gt;/&lt;robotId&gt;/...</c></summary>
internal sealed class RobotTopics
{
    private string? _statusOf;
    private MqttTopic? _status;

    public RobotTopics(string site, string robotId)
    {
        CheckLevel(nameof(site), site);
        CheckLevel(nameof(robotId), robotId);
        Root = $"arm/v1/{site}/{robotId}/";
        Connection = new(Root + "connection");
        Factsheet = new(Root + "factsheet");
        State = new(Root + "state");
        Event = new(Root + "event");
        JointTelemetry = new(Root + "telemetry/joints");
        TaskLast = new(Root + "task/last");
        TaskRequest = new(Root + "task/request");
        Instant = new(Root + "instant");
        ResponsePrefix = Root + "response/";
    }

    public string Root { get; }

    public MqttTopic Connection { get; }

    public MqttTopic Factsheet { get; }

    public MqttTopic State { get; }

    public MqttTopic Event { get; }

    public MqttTopic JointTelemetry { get; }

    public MqttTopic TaskLast { get; }

    public MqttTopic TaskRequest { get; }

    public MqttTopic Instant { get; }

    public string ResponsePrefix { get; }

    /// <summary>The topic of a task; for the task asked for last it is the same object. Not thread-safe.</summary>
    public MqttTopic TaskStatus(string taskId)
    {
        if (_statusOf != taskId)
            (_statusOf, _status) = (taskId, new MqttTopic($"{Root}task/{taskId}/status"));
        return _status!;
    }

    /// <summary>Answers may be asked for below the prefix only, so that nobody can make the robot write to a topic of somebody else.</summary>
    public bool IsResponseTopic(string topic) =>
        topic.Length > ResponsePrefix.Length && topic.Length <= 256 && topic.StartsWith(ResponsePrefix, StringComparison.Ordinal)
        && !topic.AsSpan().ContainsAny("+#\0");

    private static void CheckLevel(string name, string value)
    {
        if (!FieldReader.IsIdentifier(value))
            throw new ArgumentException($"mqtt.{name}: \"{value}\"; allowed: 1..64 of A-Z a-z 0-9 _ . : -");
    }
}
