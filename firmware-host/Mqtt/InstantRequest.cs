namespace Edge.Mqtt;

/// <summary>A parsed message of <c>instant</c>.</summary>
internal readonly record struct InstantRequest()
{
    /// <summary>What an instant may ask for, by its <c>actionType</c>. Null: answered at once, nothing to do; first, because a text that is none of these reads as the first.</summary>
    public static IReadOnlyList<(string ActionType, RobotCommandKind? Kind)> Actions { get; } =
    [
        ("stateRequest", null),
        ("arm", RobotCommandKind.Arm),
        ("disarm", RobotCommandKind.Disarm),
        ("pause", RobotCommandKind.Pause),
        ("resume", RobotCommandKind.Resume),
        ("cancel", RobotCommandKind.Cancel),
        ("stop", RobotCommandKind.Stop),
        ("clearError", RobotCommandKind.ClearError),
    ];

    private static readonly string[] ActionTypes = [.. Actions.Select(action => action.ActionType)];
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    public RequestHeader Header { get; init; }

    public string? ActionId { get; init; }

    public string ActionType { get; init; } = "";

    public RobotCommandKind? Kind { get; init; }

    public string? TaskId { get; init; }

    public string? StopId { get; init; }

    /// <summary>Reads the payload. Where it is wrong, the fields that could be read are there all the same.</summary>
    public static InstantRequest Parse(ReadOnlySpan<byte> payload, out RequestError? error)
    {
        string? actionId = null, action = null, taskId = null, stopId = null;
        var header = default(RequestHeader);
        var fields = new FieldReader(payload);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case "actionType" or "action":
                    action = fields.ChoiceOrNull(ActionTypes);
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
                default:
                    if (!header.TryRead(ref fields))
                        fields.Skip();
                    break;
            }
        }

        fields.Require("actionType", action);

        // Energy comes only to who can say that it was asked for just now.
        if (action == "arm")
            fields.Require("timestamp", header.Timestamp);
        error = fields.Error;
        return new InstantRequest
        {
            Header = header,
            ActionId = actionId,
            ActionType = action ?? "",
            Kind = KindOf(action),
            TaskId = taskId,
            StopId = stopId,
        };
    }

    private static RobotCommandKind? KindOf(string? actionType)
    {
        for (var i = 0; i < Actions.Count; i++)
        {
            if (Actions[i].ActionType == actionType)
                return Actions[i].Kind;
        }

        return null;
    }

    /// <summary>Whether it is meant for now. A stop always is: stopping is never wrong, and clocks may differ.</summary>
    public RequestError? CheckFresh(DateTime nowUtc) => Kind == RobotCommandKind.Stop ? null : Header.CheckFresh(MaxAge, nowUtc);
}
