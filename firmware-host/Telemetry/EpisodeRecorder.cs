using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Edge.Cameras;
using Edge.Control;
using Edge.Policy;

namespace Edge.Telemetry;

/// <summary>
/// Writes what the policy saw and did, ten times a second, into a folder of the run: <c>steps.jsonl</c>, a line an observation or the end of a call, and a picture an
/// observation, <c>frames/000001.jpg</c>. `edge-hil data import` makes training data of it. A thread of its own writes; where the disk is too slow, observations are left out.
/// </summary>
public sealed class EpisodeRecorder : IPolicyWitness, IDisposable
{
    /// <summary>The lines.</summary>
    public const string StepsFile = "steps.jsonl";

    private const int JpegQuality = 92, MaxJpegBytes = 1 << 20;

    private readonly string _folder;
    private readonly TextWriter _log;
    private readonly ConcurrentQueue<Step> _free = new();
    private readonly BlockingCollection<Step> _written = [];
    private readonly Thread _thread;

    /// <summary>Begins a folder of the present time in <paramref name="folder"/>.</summary>
    /// <param name="folder">Where recordings lie.</param>
    /// <param name="widthPx">Width of the policy's pictures.</param>
    /// <param name="heightPx">Height of the policy's pictures.</param>
    /// <param name="log">Told when nothing can be written any more.</param>
    /// <param name="capacity">Observations that may wait for the disk.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public EpisodeRecorder(string folder, int widthPx, int heightPx, TextWriter log, int capacity = 32)
    {
        _log = log;
        _folder = Path.Combine(folder, DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
        Directory.CreateDirectory(FramesOf(_folder));
        for (var i = 0; i < capacity; i++)
            _free.Enqueue(new Step(widthPx, heightPx));
        _thread = new Thread(Write) { Name = "recorder", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Observations and ends of calls left out, because the disk was too slow.</summary>
    public long Missed { get; private set; }

    /// <summary>Path of a picture.</summary>
    public static string FrameOf(string folder, int step) => Path.Combine(FramesOf(folder), string.Create(CultureInfo.InvariantCulture, $"{step:D6}.jpg"));

    /// <inheritdoc/>
    public void Observed(Subtask subtask, Observation observation)
    {
        ArgumentNullException.ThrowIfNull(observation);
        Post(subtask, SubtaskOutcome.Running, observation);
    }

    /// <inheritdoc/>
    public void Ended(Subtask subtask, SubtaskOutcome outcome) => Post(subtask, outcome, null);

    /// <summary>Writes what waits and ends.</summary>
    public void Dispose()
    {
        _written.CompleteAdding();
        _thread.Join();
        _written.Dispose();
    }

    private static string FramesOf(string folder) => Path.Combine(folder, "frames");

    private void Post(Subtask subtask, SubtaskOutcome outcome, Observation? observation)
    {
        if (!_free.TryDequeue(out var step))
        {
            Missed++;
            return;
        }

        (step.Subtask, step.Outcome) = (subtask, outcome);
        if (observation is not null)
            step.Observation.CopyFrom(observation);
        _written.Add(step);
    }

    private void Write()
    {
        var jpeg = new byte[MaxJpegBytes];
        var number = 0;
        try
        {
            using var file = File.Create(Path.Combine(_folder, StepsFile));
            using var json = new Utf8JsonWriter(file);
            foreach (var step in _written.GetConsumingEnumerable())
            {
                json.Reset();
                if (step.Outcome == SubtaskOutcome.Running)
                {
                    var frame = step.Observation.Frame;
                    var bytes = ImageOps.EncodeJpeg(frame.Bgr, frame.WidthPx, frame.HeightPx, JpegQuality, jpeg);
                    File.WriteAllBytes(FrameOf(_folder, ++number), jpeg.AsSpan(0, bytes));
                    WriteStep(json, number, step);
                }
                else
                {
                    WriteEnd(json, step);
                }

                json.Flush();
                file.WriteByte((byte)'\n');
                file.Flush();
                _free.Enqueue(step);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.WriteLine($"edge: warning: the recording ends here: {e.Message}"); // all steps are taken: nothing more is recorded
        }
    }

    private static void WriteStep(Utf8JsonWriter json, int number, Step step)
    {
        var observation = step.Observation;
        ref readonly var robot = ref observation.Robot;
        json.WriteStartObject();
        json.WriteNumber("step", number);
        json.WriteNumber("timeNs", observation.TimeNs);
        json.WriteNumber("subtask", step.Subtask!.Id);
        json.WriteString("call", step.Subtask.Text);
        Write(json, "target", step.Subtask.Target);
        Write(json, "end", step.Subtask.End);
        Write(json, "tool", robot.CommandedTool);
        json.WriteBoolean("suction", robot.SuctionOn);
        json.WriteBoolean("sealed", robot.Sealed);
        json.WriteBoolean("pressed", robot.Pressed);
        json.WriteBoolean("heldAtStart", observation.HeldAtStart);
        json.WriteBoolean("sealedSinceStart", observation.SealedSinceStart);
        json.WriteBoolean("pressedSinceStart", observation.PressedSinceStart);
        json.WriteBoolean("releasedSinceStart", observation.ReleasedSinceStart);
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, Step step)
    {
        json.WriteStartObject();
        json.WriteNumber("subtask", step.Subtask!.Id);
        json.WriteString("outcome", Enum.GetName(step.Outcome));
        json.WriteEndObject();
    }

    /// <summary>x, y, z (metres, base frame), yaw (rad).</summary>
    private static void Write(Utf8JsonWriter json, string name, in ToolPose pose)
    {
        json.WriteStartArray(name);
        foreach (var value in (ReadOnlySpan<double>)[pose.X, pose.Y, pose.Z, pose.Yaw])
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private sealed class Step(int widthPx, int heightPx)
    {
        public Subtask? Subtask { get; set; }

        /// <summary>Running: an observation; else the subtask has ended.</summary>
        public SubtaskOutcome Outcome { get; set; }

        public Observation Observation { get; } = new(widthPx, heightPx);
    }
}
