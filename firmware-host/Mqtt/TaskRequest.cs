using System.Security.Cryptography;
using System.Text;
using Edge.Cameras;
using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>A parsed message of <c>task/request</c>.</summary>
internal sealed record TaskRequest
{
    /// <summary>Longest instruction, bytes of UTF-8.</summary>
    public const int MaxInstructionBytes = 2048;

    /// <summary>Largest picture, bytes of JPEG.</summary>
    public const int MaxPictureBytes = 44 * 1024;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    public string? TaskId { get; init; }

    public string? Instruction { get; init; }

    /// <summary>The picture that the sentence speaks of, JPEG; null: there is none.</summary>
    public byte[]? Picture { get; init; }

    public string? SessionId { get; init; }

    public RequestHeader Header { get; init; }

    public DateTime? Deadline { get; init; }

    /// <summary>Fingerprint of what the task is, without the header: the same task sent again has the same.</summary>
    public string Fingerprint
    {
        get
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes], text = stackalloc byte[MaxInstructionBytes];
            text = text[..Encoding.UTF8.GetBytes(Instruction ?? "", text)];
            SHA256.HashData(Picture is null ? text : [.. text, .. Picture], hash);
            return Convert.ToHexString(hash[..16]);
        }
    }

    /// <summary>Reads the payload. Where it is wrong, the fields that could be read are there all the same.</summary>
    public static TaskRequest Parse(ReadOnlySpan<byte> payload, out RequestError? error)
    {
        string? taskId = null, instruction = null, sessionId = null;
        byte[]? picture = null;
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
                case "picture":
                    picture = fields.Bytes(MaxPictureBytes);
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
            Picture = picture,
            SessionId = sessionId,
            Deadline = deadline,
        };
    }

    /// <summary>The picture as the planner's camera would have taken it; null where there is none, or where <paramref name="error"/> tells what is wrong with it.</summary>
    public CameraFrame? DecodePicture(RobotDescription robot, ref RequestError? error)
    {
        if (Picture is null || error is not null)
            return null;
        var camera = robot.PlannerCamera;
        var frame = new CameraFrame(camera.WidthPx, camera.HeightPx);
        if (ImageOps.TryDecodeJpeg(Picture, frame.Bgr, frame.WidthPx, frame.HeightPx))
            return frame;
        error = new(RequestError.ValidationFailure, "picture", $"picture: found {Picture.Length} bytes that are no JPEG of {frame.WidthPx} x {frame.HeightPx} pixels, as the camera \"{camera.Name}\" takes them");
        return null;
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
