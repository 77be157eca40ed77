namespace Edge.Mqtt;

/// <summary>A parsed message of <c>instant</c>.</summary>
internal sealed record InstantRequest
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    public string? ActionId { get; init; }

    public string ActionType { get; init; } = "";

    public string? TaskId { get; init; }

    public string? StopId { get; init; }

    public string? ClientId { get; init; }

    public string? ResponseTopic { get; init; }

    public string? CorrelationId { get; init; }

    public DateTime? Timestamp { get; init; }

    /// <summary>Reads the payload. Where it is wrong, the fields that could be read are there all the same.</summary>
    public static InstantRequest Parse(ReadOnlySpan<byte> payload, out RequestError? error)
    {
        string? actionId = null, action = null, taskId = null, stopId = null, clientId = null, responseTopic = null, correlationId = null;
        DateTime? timestamp = null;
        var fields = new FieldReader(payload);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case "actionType" or "action":
                    action = fields.Text(64) is null ? null : fields.Choice("pause", "resume", "cancel", "stop", "clearError", "stateRequest");
                    break;
                case "actionId":
                    actionId = fields.Identifier();
                    break;
                case "taskId":
                    taskId = fields.Identifier();
                    break;
                case "stopId":
                    stopId = fields.Identifier();
                    break;
                case "clientId":
                    clientId = fields.Identifier();
                    break;
                case "responseTopic":
                    responseTopic = fields.Text(256);
                    break;
                case "correlationId":
                    correlationId = fields.Text(256);
                    break;
                case "timestamp":
                    timestamp = fields.Time();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        fields.Require("actionType", action);
        error = fields.Error;
        return new InstantRequest
        {
            ActionId = actionId,
            ActionType = action ?? "",
            TaskId = taskId,
            StopId = stopId,
            ClientId = clientId,
            ResponseTopic = responseTopic,
            CorrelationId = correlationId,
            Timestamp = timestamp,
        };
    }

    /// <summary>Whether it is meant for now. A stop always is: stopping is never wrong, and clocks may differ.</summary>
    public RequestError? CheckFresh(DateTime nowUtc) => ActionType == "stop" ? null : Freshness.Check(Timestamp, MaxAge, nowUtc);
}
