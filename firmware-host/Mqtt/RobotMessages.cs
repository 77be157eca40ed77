using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Edge.Api;
using Edge.Control;
using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>Writes the payloads of the robot's topics into one buffer, which it reuses: the result is valid until the next call. Not thread-safe.</summary>
internal sealed class RobotMessages
{
    public const string SchemaVersion = "1.0.0";

    private static readonly string FirmwareVersion = typeof(RobotMessages).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private readonly string _site;
    private readonly string _robotId;
    private readonly string _sessionId;
    private readonly TimeProvider _time;
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _json;
    private readonly Dictionary<string, uint> _headerIds = [];

    public RobotMessages(string site, string robotId, string sessionId, TimeProvider time)
    {
        _site = site;
        _robotId = robotId;
        _sessionId = sessionId;
        _time = time;

        // The payloads never become HTML, so quotes stay readable.
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public ReadOnlySpan<byte> Connection(string state)
    {
        Begin("connection");
        _json.WriteString("connectionState"u8, state);
        _json.WriteString("sessionId"u8, _sessionId);
        return End();
    }

    public ReadOnlySpan<byte> Factsheet(RobotDescription robot)
    {
        Begin("factsheet");
        _json.WriteString("model"u8, robot.Name);
        _json.WriteString("firmware"u8, FirmwareVersion);
        _json.WriteString("schemaVersion"u8, SchemaVersion);
        _json.WriteNumber("degreesOfFreedom"u8, robot.Joints.Length);
        _json.WriteStartArray("joints"u8);
        foreach (var joint in robot.Joints)
        {
            _json.WriteStartObject();
            _json.WriteString("name"u8, joint.Name);
            WriteNumbers("positionRad"u8, joint.Limits.PositionRad);
            _json.WriteNumber("velocityRadS"u8, joint.Limits.VelocityRadS);
            _json.WriteNumber("torqueNm"u8, joint.Limits.TorqueNm);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteStartObject("tool"u8);
        _json.WriteString("kind"u8, robot.Tool.Kind);
        _json.WriteNumber("massKg"u8, robot.Tool.MassKg);
        _json.WriteEndObject();
        _json.WriteStartObject("workspaceM"u8);
        WriteNumbers("min"u8, robot.WorkspaceM.Min);
        WriteNumbers("max"u8, robot.WorkspaceM.Max);
        _json.WriteEndObject();
        _json.WriteStartArray("calls"u8);
        foreach (var call in RobotApi.Calls)
        {
            _json.WriteStartObject();
            _json.WriteString("name"u8, call.Name);
            _json.WriteString("documentation"u8, call.Documentation);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteStartArray("actionTypes"u8);
        foreach (var (action, kind) in InstantRequest.Actions)
        {
            if (kind != RobotCommandKind.Arm || robot.Mqtt.MayArm == true)
                _json.WriteStringValue(action);
        }

        _json.WriteEndArray();
        WriteStrings("taskLanguages"u8, "en");
        WriteStrings("taskModes"u8, "execute");
        _json.WriteNumber("maxInstructionBytes"u8, TaskRequest.MaxInstructionBytes);
        _json.WriteNumber("maxPictureBytes"u8, TaskRequest.MaxPictureBytes);
        _json.WriteString("whenBusy"u8, "OTHER_TASK_ACTIVE");
        return End();
    }

    public ReadOnlySpan<byte> State(in RobotStatus status, string stopId, RobotMqtt.ActionState[] actions)
    {
        Begin("state");
        _json.WriteString("sessionId"u8, _sessionId);
        _json.WriteString("operatingMode"u8, status.State switch
        {
            ControlState.Off or ControlState.SelfTest => "STARTUP",
            ControlState.Fault => "SERVICE",
            _ => "AUTOMATIC",
        });
        _json.WriteString("controlState"u8, Name(status.State));
        _json.WriteString("cause"u8, Name(status.Cause));
        _json.WriteBoolean("moving"u8, status.State is ControlState.Running or ControlState.Stopping);
        _json.WriteBoolean("paused"u8, status.Paused);
        if (status.TaskId is null)
        {
            _json.WriteNull("activeTask"u8);
        }
        else
        {
            _json.WriteStartObject("activeTask"u8);
            _json.WriteString("taskId"u8, status.TaskId);
            _json.WriteString("phase"u8, status.Call is null ? "planning" : "acting");
            _json.WriteNumber("step"u8, status.Step);
            _json.WriteNumber("progress"u8, Rounded(status.Numbers.Progress, 3));
            _json.WriteString("call"u8, status.Call ?? "");
            _json.WriteEndObject();
        }

        _json.WriteStartArray("actionStates"u8);
        foreach (var action in actions)
        {
            if (action.Id is null)
                continue;
            _json.WriteStartObject();
            _json.WriteString("actionId"u8, action.Id);
            _json.WriteString("actionType"u8, action.Type);
            _json.WriteString("actionStatus"u8, action.Status);
            _json.WriteString("actionResult"u8, action.Result);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteStartArray("errors"u8);
        if (status.Error is { Length: > 0 } error)
            WriteError(Name(status.Cause), status.State == ControlState.Fault ? "FATAL" : "WARNING", error, "");
        _json.WriteEndArray();
        _json.WriteStartObject("safety"u8);
        _json.WriteString("eStop"u8, status.State == ControlState.Stopped ? "LATCHED" : "NONE");
        _json.WriteString("stopId"u8, status.State == ControlState.Stopped ? stopId : "");
        _json.WriteBoolean("protectiveStop"u8, status.State == ControlState.Fault);
        _json.WriteBoolean("watchdogOk"u8, status.Cause is not (ReactionCause.DeadlineMissed or ReactionCause.DeviceSilent));
        _json.WriteEndObject();
        _json.WriteStartObject("controller"u8);
        _json.WriteNumber("cycleUs"u8, Rounded(status.Numbers.CycleUs, 1));
        _json.WriteNumber("jitterP99Us"u8, Rounded(status.Numbers.JitterP99Us, 1));
        _json.WriteNumber("missed"u8, status.Numbers.Missed);
        _json.WriteEndObject();
        _json.WriteStartObject("model"u8);
        _json.WriteNumber("latencyMs"u8, Rounded(status.Numbers.PolicyLatencyMs, 2));
        _json.WriteEndObject();
        return End();
    }

    public ReadOnlySpan<byte> Task(TaskReport report, string topic, string field = "")
    {
        Begin(topic);
        _json.WriteString("sessionId"u8, _sessionId);
        _json.WriteString("taskId"u8, report.TaskId);
        _json.WriteString("status"u8, report.State.Name());
        _json.WriteString("instruction"u8, report.Instruction);
        _json.WriteNumber("step"u8, report.Plan.Count);
        _json.WriteNumber("progress"u8, Rounded(report.Progress, 3));
        _json.WriteStartArray("plan"u8);
        for (var i = 0; i < report.Plan.Count; i++)
        {
            var call = report.Plan[i];
            _json.WriteStartObject();
            _json.WriteNumber("step"u8, i + 1);
            _json.WriteString("call"u8, call.Call);
            _json.WriteString("outcome"u8, call.Outcome.Name());
            _json.WriteNumber("seconds"u8, Rounded(call.Seconds, 2));
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        WriteErrors(report.ErrorType, report.Reason, field);
        return End();
    }

    public ReadOnlySpan<byte> Response(string id, bool task, bool accepted, string errorType, string reason, string field, string? correlationId)
    {
        Begin("response");
        _json.WriteString("sessionId"u8, _sessionId);
        _json.WriteString(task ? "taskId"u8 : "actionId"u8, id);
        _json.WriteString("response"u8, accepted ? "ACCEPTED" : "REJECTED");
        if (correlationId is not null)
            _json.WriteString("correlationId"u8, correlationId);
        WriteErrors(errorType, reason, field);
        return End();
    }

    /// <summary>Measured joints: seconds since the loop's clock began, rad, rad/s, Nm.</summary>
    public ReadOnlySpan<byte> Joints(in RobotSnapshot robot, int joints)
    {
        Begin("telemetry/joints");
        _json.WriteNumber("t"u8, Rounded(robot.TimeNs * 1e-9, 4));
        WriteNumbers("q"u8, ((ReadOnlySpan<double>)robot.PositionRad)[..joints], 5);
        WriteNumbers("dq"u8, ((ReadOnlySpan<double>)robot.VelocityRadS)[..joints], 4);
        WriteNumbers("tau"u8, ((ReadOnlySpan<double>)robot.TorqueNm)[..joints], 3);
        return End();
    }

    public ReadOnlySpan<byte> Event(string type, string level, string description, string field)
    {
        Begin("event");
        _json.WriteString("sessionId"u8, _sessionId);
        WriteErrorFields(type, level, description, field);
        return End();
    }

    private static string Name(ControlState state) => state switch
    {
        ControlState.Off => "off",
        ControlState.SelfTest => "selfTest",
        ControlState.Idle => "idle",
        ControlState.Armed => "armed",
        ControlState.Running => "running",
        ControlState.Holding => "holding",
        ControlState.Stopping => "stopping",
        ControlState.Fault => "fault",
        _ => "stopped",
    };

    private static string Name(ReactionCause cause) => cause == ReactionCause.None ? "none" : CauseNames[(int)cause];

    private static readonly string[] CauseNames = Array.ConvertAll(Enum.GetNames<ReactionCause>(), JsonNamingPolicy.CamelCase.ConvertName);

    private static double Rounded(double value, int digits) => double.IsFinite(value) ? Math.Round(value, digits) : 0;

    private void WriteErrors(string type, string description, string field)
    {
        _json.WriteStartArray("errors"u8);
        if (type.Length > 0 || description.Length > 0)
            WriteError(type, "WARNING", description, field);
        _json.WriteEndArray();
    }

    private void WriteError(string type, string level, string description, string field)
    {
        _json.WriteStartObject();
        WriteErrorFields(type, level, description, field);
        _json.WriteEndObject();
    }

    private void WriteErrorFields(string type, string level, string description, string field)
    {
        _json.WriteString("type"u8, type);
        _json.WriteString("level"u8, level);
        _json.WriteString("description"u8, description);
        _json.WriteStartArray("references"u8);
        if (field.Length > 0)
        {
            _json.WriteStartObject();
            _json.WriteString("key"u8, "field"u8);
            _json.WriteString("value"u8, field);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteNumbers(ReadOnlySpan<byte> name, ReadOnlySpan<double> values, int digits = 6)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            _json.WriteNumberValue(Rounded(value, digits));
        _json.WriteEndArray();
    }

    private void WriteStrings(ReadOnlySpan<byte> name, params ReadOnlySpan<string> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            _json.WriteStringValue(value);
        _json.WriteEndArray();
    }

    /// <summary>The header of every message; the id counts the messages of one kind.</summary>
    private void Begin(string kind)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _headerIds.TryGetValue(kind, out var id);
        _headerIds[kind] = id + 1;
        Span<char> time = stackalloc char[32];
        _ = _time.GetUtcNow().UtcDateTime.TryFormat(time, out var length, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        _json.WriteStartObject();
        _json.WriteNumber("headerId"u8, id);
        _json.WriteString("timestamp"u8, time[..length]);
        _json.WriteString("version"u8, SchemaVersion);
        _json.WriteString("site"u8, _site);
        _json.WriteString("robotId"u8, _robotId);
    }

    private ReadOnlySpan<byte> End()
    {
        _json.WriteEndObject();
        _json.Flush();
        return _buffer.WrittenSpan;
    }
}
