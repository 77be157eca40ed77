using System.Globalization;
using System.Text;
using System.Text.Json;
using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Oracle;
using Edge.Inference;
using Edge.Policy;
using Edge.Robots;
using Edge.Telemetry;

namespace Edge.Hil.Data;

/// <summary>
/// Makes the policy's training data from what a robot did (<see cref="EpisodeRecorder"/>): a shard a recording, of the same arrays. What was done next is the label,
/// so only calls that succeeded are worth learning from; the others are in the shard, marked. Where a target truly was nobody knows: its offset is not a number.
/// </summary>
/// <param name="robot">The robot that did it, for its camera.</param>
/// <param name="folder">The policy's data, e.g. <c>out/data/policy</c>.</param>
public sealed class RecordedEpisodes(RobotDescription robot, string folder)
{
    /// <summary>Recordings have the shards from here on.</summary>
    public const int FirstShard = 50_000;

    private const string SourceFile = "recording.txt";
    private const long StepNs = 100_000_000;
    private const int LeastSteps = 2;
    private const double MaxMetres = 100, MaxYawRad = 100;

    private readonly CameraDescription _camera = robot.PolicyCamera;

    /// <summary>Takes in one recording. Null: it is there already.</summary>
    /// <param name="recording">Its folder.</param>
    /// <exception cref="ModelException">It cannot be read; names file, line and field.</exception>
    public (int Samples, int Succeeded, int Calls)? Import(string recording)
    {
        var name = Path.GetFileName(Path.GetFullPath(recording).TrimEnd(Path.DirectorySeparatorChar));
        var shards = Directory.Exists(folder) ? Directory.GetDirectories(folder, "shard-?????").Where(shard => File.Exists(Path.Combine(shard, SourceFile))).ToArray() : [];
        if (shards.Any(shard => File.ReadAllText(Path.Combine(shard, SourceFile)) == name))
            return null;
        var calls = Read(Path.Combine(recording, EpisodeRecorder.StepsFile)).ToList();
        var samples = new PolicySampleBuffer(new CameraModel(_camera));
        if (!File.Exists(Path.Combine(folder, "meta.json")))
            PolicyData.WriteMeta(folder, samples, episodes: 0);
        for (var i = 0; i < calls.Count; i++)
            Add(recording, calls[i], i + 1, samples);
        var succeeded = calls.Select(call => call.Outcome == SubtaskOutcome.Succeeded).ToList();
        samples.EndEpisode(new TaughtEpisode(NumberOf(name), "", "", succeeded));
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"shard-{FirstShard + shards.Length:D5}"));
        Directory.CreateDirectory(path + ".partial");
        samples.Write(path + ".partial");
        File.WriteAllText(Path.Combine(path + ".partial", SourceFile), name);
        Directory.Move(path + ".partial", path);
        return (samples.Count, succeeded.Count(ok => ok), calls.Count);
    }

    /// <summary>The calls that came to an end. A line that was cut off by the end of the process is the last one.</summary>
    private static IEnumerable<RecordedCall> Read(string path)
    {
        var lines = File.Exists(path) ? File.ReadAllLines(path) : throw new ModelException($"{path}: not found; 'edge run --record FOLDER' makes it");
        RecordedCall? call = null;
        for (var i = 0; i < lines.Length; i++)
        {
            if (Parse(lines[i], string.Create(CultureInfo.InvariantCulture, $"{path}, line {i + 1}:"), isLast: i == lines.Length - 1) is not { } line)
                break;
            var id = line["subtask"].AsLong(1, long.MaxValue);
            if (line.TryGet("outcome", out var outcome))
            {
                if (call?.Id == id && call.Steps.Count >= LeastSteps)
                    yield return call with { Outcome = Enum.Parse<SubtaskOutcome>(outcome.AsChoice(Enum.GetNames<SubtaskOutcome>())) };
                call = null;
                continue;
            }

            if (call?.Id != id)
                call = new RecordedCall(id, SubtaskOf(line), []);
            call.Steps.Add(new RecordedStep(
                line["step"].AsInt(1, int.MaxValue), line["timeNs"].AsLong(long.MinValue, long.MaxValue), PoseOf(line["tool"]), line["suction"].AsBool(), line["sealed"].AsBool(), line["pressed"].AsBool(),
                line["heldAtStart"].AsBool(), line["sealedSinceStart"].AsBool(), line["pressedSinceStart"].AsBool(), line["releasedSinceStart"].AsBool()));
        }
    }

    private static JsonField? Parse(string line, string where, bool isLast)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return new JsonField(document.RootElement.Clone(), where);
        }
        catch (JsonException) when (isLast)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new ModelException($"{where} {e.Message}", e);
        }
    }

    private static Subtask SubtaskOf(JsonField line)
    {
        var field = line["call"];
        var text = field.AsString(CallParser.MaxLength);
        return CallParser.TryParse(text, MemorySlots.All, out var call, out var error)
            ? new Subtask(line["subtask"].AsLong(1, long.MaxValue), call.Motion, PoseOf(line["target"]), text) { End = PoseOf(line["end"]) }
            : throw new ModelException($"{field.Path}: {error}");
    }

    private static ToolPose PoseOf(JsonField field) => field.Items(4) is [var x, var y, var z, var yaw]
        ? new ToolPose(x.AsDouble(-MaxMetres, MaxMetres), y.AsDouble(-MaxMetres, MaxMetres), z.AsDouble(-MaxMetres, MaxMetres), yaw.AsDouble(-MaxYawRad, MaxYawRad))
        : throw field.Wrong("x, y, z, yaw");

    private void Add(string recording, RecordedCall call, int number, PolicySampleBuffer samples)
    {
        var history = new Observation[PolicyData.ObservationSteps];
        for (var i = 0; i < history.Length; i++)
            history[i] = new Observation(_camera.WidthPx, _camera.HeightPx);
        var actions = new float[OraclePolicy.Horizon * ActionSpace.Channels];
        var subtask = call.Subtask with { Id = number };
        for (var i = 0; i < call.Steps.Count; i++)
        {
            for (var k = 0; k < history.Length; k++)
                call.Steps[Math.Max(0, i - (history.Length - 1 - k))].CopyTo(history[k]);
            var picture = EpisodeRecorder.FrameOf(recording, call.Steps[i].Number);
            if (!File.Exists(picture) || !ImageOps.TryDecodeJpeg(File.ReadAllBytes(picture), history[^1].Frame.Bgr, _camera.WidthPx, _camera.HeightPx))
                throw new ModelException($"{picture}: no JPEG of {_camera.WidthPx} x {_camera.HeightPx} pixels, as the camera of {robot.Name} makes them");
            EncodeActions(call.Steps, i, actions);
            samples.Add(new TaughtState { History = history, Subtask = subtask, Told = subtask.TargetNow(history[^1]), Offset = (float.NaN, float.NaN), Actions = actions });
        }
    }

    /// <summary>What was done from a step on, a tenth of a second a time; behind the end of the call, nothing.</summary>
    private static void EncodeActions(List<RecordedStep> steps, int first, Span<float> actions)
    {
        var from = steps[first].Tool;
        var stepsLeft = (int)Math.Round((double)(steps[^1].TimeNs - steps[first].TimeNs) / StepNs);
        var next = first;
        for (var k = 0; k < OraclePolicy.Horizon; k++)
        {
            var time = steps[first].TimeNs + ((k + 1) * StepNs);
            while (next + 1 < steps.Count && steps[next + 1].TimeNs <= time)
                next++;
            var to = PoseAt(steps, next, time);
            ActionSpace.Encode(from, to, steps[next].Suction, Expert.Progress(stepsLeft - k), actions.Slice(k * ActionSpace.Channels, ActionSpace.Channels));
            from = to;
        }
    }

    private static ToolPose PoseAt(List<RecordedStep> steps, int before, long timeNs)
    {
        var a = steps[before];
        if (before + 1 == steps.Count || timeNs <= a.TimeNs)
            return a.Tool;
        var b = steps[before + 1];
        var share = (double)(timeNs - a.TimeNs) / (b.TimeNs - a.TimeNs);
        return new ToolPose(
            a.Tool.X + (share * (b.Tool.X - a.Tool.X)),
            a.Tool.Y + (share * (b.Tool.Y - a.Tool.Y)),
            a.Tool.Z + (share * (b.Tool.Z - a.Tool.Z)),
            a.Tool.Yaw + (share * Math.IEEERemainder(b.Tool.Yaw - a.Tool.Yaw, Math.Tau)));
    }

    /// <summary>A number for the recording, beyond those of the rig's scenes (FNV-1a of its name).</summary>
    private static int NumberOf(string name) => (int)(Encoding.UTF8.GetBytes(name).Aggregate(2166136261u, (hash, value) => (hash ^ value) * 16777619) >> 2) | (1 << 30);

    private sealed record RecordedCall(long Id, Subtask Subtask, List<RecordedStep> Steps)
    {
        public SubtaskOutcome Outcome { get; init; }
    }

    private readonly record struct RecordedStep(
        int Number, long TimeNs, ToolPose Tool, bool Suction, bool Sealed, bool Pressed, bool HeldAtStart, bool SealedSinceStart, bool PressedSinceStart, bool ReleasedSinceStart)
    {
        public void CopyTo(Observation observation)
        {
            observation.TimeNs = TimeNs;
            (observation.Robot.CommandedTool, observation.Robot.SuctionOn, observation.Robot.Sealed, observation.Robot.Pressed) = (Tool, Suction, Sealed, Pressed);
            (observation.HeldAtStart, observation.SealedSinceStart, observation.PressedSinceStart, observation.ReleasedSinceStart) = (HeldAtStart, SealedSinceStart, PressedSinceStart, ReleasedSinceStart);
        }
    }
}
