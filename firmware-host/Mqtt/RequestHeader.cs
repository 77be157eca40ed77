namespace Edge.Mqtt;

/// <summary>What every request may say of itself: when it was sent, and where and how an answer is wanted.</summary>
internal record struct RequestHeader
{
    private const int MaxTextBytes = 256;

    public DateTime? Timestamp { get; set; }

    public string? ClientId { get; set; }

    public string? ResponseTopic { get; set; }

    public string? CorrelationId { get; set; }

    /// <summary>Reads the present field where it is one of these.</summary>
    public bool TryRead(ref FieldReader fields)
    {
        switch (fields.Field)
        {
            case "timestamp":
                Timestamp = fields.Time();
                return true;
            case "clientId":
                ClientId = fields.Identifier();
                return true;
            case "responseTopic":
                ResponseTopic = fields.Text(MaxTextBytes);
                return true;
            case "correlationId":
                CorrelationId = fields.Text(MaxTextBytes);
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Compares the time stamp with now. A request without one passes: the broker stores nothing for this client (clean start), and honours the
    /// message expiry of those that set one.
    /// </summary>
    public readonly RequestError? CheckFresh(TimeSpan maxAge, DateTime nowUtc) =>
        Timestamp is { } sent && (nowUtc - sent).Duration() > maxAge
            ? new(RequestError.Stale, "timestamp", $"timestamp: {sent:O} is {Math.Abs((nowUtc - sent).TotalSeconds):F0} s {(sent < nowUtc ? "old" : "ahead")}, allowed: {maxAge.TotalSeconds:F0} s (this clock: {nowUtc:O})")
            : null;
}
