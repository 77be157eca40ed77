using System.Security.Cryptography;
using System.Text;

namespace Edge.Mqtt;

/// <summary>A parsed message of <c>task/request</c>.</summary>
internal sealed record TaskRequest
{
    /// <summary>Longest instruction, bytes of UTF-8.</summary>
    public const int MaxInstructionBytes = 2048;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    public string? TaskId { get; init; }

    public string? ClientId { get; init; }

    public string? Instruction { get; init; }

    public string? SessionId { get; init; }

    public string? ResponseTopic { get; init; }

    public string? CorrelationId { get; init; }

    public DateTime? Timestamp { get; init; }

    public DateTime? Deadline { get; init; }

    /// <summary>Fingerprint of what the task is, without the header: the same task sent again has the same.</summary>
    public string Fingerprint => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Instruction ?? "")), 0, 16);

    /// <summary>Reads the payload. Where it is wrong, the fields that could be read are there all the same.</summary>
    public static TaskRequest Parse(ReadOnlySpan<byte> payload, out RequestError? error)
    {
        string? taskId = null, clientId = null, instruction = null, sessionId = null, responseTopic = null, correlationId = null;
        DateTime? timestamp = null, deadline = null;
        var fields = new FieldReader(payload);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case "taskId":
                    taskId = fields.Identifier();
                    break;
                case "clientId":
                    clientId = fields.Identifier();
                    break;
                case "instruction":
                    instruction = fields.Text(MaxInstructionBytes);
                    break;
                case "timestamp":
                    timestamp = fields.Time();
                    break;
                case "deadline":
                    deadline = fields.Time();
                    break;
                case "responseTopic":
                    responseTopic = fields.Text(256);
                    break;
                case "correlationId":
                    correlationId = fields.Text(256);
                    break;
                case "expects":
                    sessionId = fields.TextWithin("sessionId", 64);
                    break;
                case "language":
                    _ = fields.Choice("en");
                    break;
                case "mode":
                    _ = fields.Choice("execute");
                    break;
                case "confirm":
                    _ = fields.Choice("none");
                    break;
                case "constraints":
                    fields.MustBeEmpty();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        fields.Require("taskId", taskId);
        fields.Require("instruction", instruction);
        error = fields.Error;
        return new TaskRequest
        {
            TaskId = taskId,
            ClientId = clientId,
            Instruction = instruction,
            SessionId = sessionId,
            ResponseTopic = responseTopic,
            CorrelationId = correlationId,
            Timestamp = timestamp,
            Deadline = deadline,
        };
    }

    /// <summary>Whether the request is meant for now and for this run of the robot.</summary>
    public RequestError? CheckFresh(DateTime nowUtc, string sessionId)
    {
        if (Freshness.Check(Timestamp, MaxAge, nowUtc) is { } stale)
            return stale;
        if (Deadline < nowUtc)
            return new(Freshness.Stale, "deadline", $"deadline: {Deadline:O} has passed, it is {nowUtc:O}");
        return SessionId is not null && SessionId != sessionId
            ? new(Freshness.Stale, "expects.sessionId", $"expects.sessionId: found \"{SessionId}\", this session is \"{sessionId}\"")
            : null;
    }
}

/// <summary>Whether a command was sent just now.</summary>
internal static class Freshness
{
    public const string Stale = "STALE";

    /// <summary>
    /// Compares a command's time stamp with now. One without a time stamp passes: the broker stores nothing for this client (clean start),
    /// and honours the message expiry of those that set one.
    /// </summary>
    public static RequestError? Check(DateTime? timestamp, TimeSpan maxAge, DateTime nowUtc) =>
        timestamp is { } sent && (nowUtc - sent).Duration() > maxAge
            ? new(Stale, "timestamp", $"timestamp: {sent:O} is {Math.Abs((nowUtc - sent).TotalSeconds):F0} s {(sent < nowUtc ? "old" : "ahead")}, allowed: {maxAge.TotalSeconds:F0} s (this clock: {nowUtc:O})")
            : null;
}
