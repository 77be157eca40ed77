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

    public string? Instruction { get; init; }

    public string? SessionId { get; init; }

    public RequestHeader Header { get; init; }

    public DateTime? Deadline { get; init; }

    /// <summary>Fingerprint of what the task is, without the header: the same task sent again has the same.</summary>
    public string Fingerprint => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Instruction ?? "")), 0, 16);

    /// <summary>Reads the payload. Where it is wrong, the fields that could be read are there all the same.</summary>
    public static TaskRequest Parse(ReadOnlySpan<byte> payload, out RequestError? error)
    {
        string? taskId = null, instruction = null, sessionId = null;
        DateTime? deadline = null;
        var header = default(RequestHeader);
        var fields = new FieldReader(payload);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case "taskId":
                    taskId = fields.Identifier();
                    break;
                case "instruction":
                    instruction = fields.Text(MaxInstructionBytes);
                    break;
                case "deadline":
                    deadline = fields.Time();
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
                    if (!header.TryRead(ref fields))
                        fields.Skip();
                    break;
            }
        }

        fields.Require("taskId", taskId);
        fields.Require("instruction", instruction);
        error = fields.Error;
        return new TaskRequest
        {
            Header = header,
            TaskId = taskId,
            Instruction = instruction,
            SessionId = sessionId,
            Deadline = deadline,
        };
    }

    /// <summary>Whether the request is meant for now and for this run of the robot.</summary>
    public RequestError? CheckFresh(DateTime nowUtc, string sessionId)
    {
        if (Header.CheckFresh(MaxAge, nowUtc) is { } stale)
            return stale;
        if (Deadline < nowUtc)
            return new(RequestError.Stale, "deadline", $"deadline: {Deadline:O} has passed, it is {nowUtc:O}");
        return SessionId is not null && SessionId != sessionId
            ? new(RequestError.Stale, "expects.sessionId", $"expects.sessionId: found \"{SessionId}\", this session is \"{sessionId}\"")
            : null;
    }
}
